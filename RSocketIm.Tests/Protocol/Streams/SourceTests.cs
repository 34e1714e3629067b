using System.Reactive.Subjects;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Streams;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Protocol.Streams;

/// <summary>The sources that come with the library, seen from the wire.</summary>
public sealed class SourceTests
{
    [Fact]
    public async Task Latest_KeepsOneValuePerKey_InTheOrderOfTheKeys()
    {
        using var values = new Subject<(string Key, int Value)>();
        int encoded = 0;
        await using Dialogue dialogue = await ServingAsync(() => ObservableSource.Latest(values, value => value.Key, value =>
        {
            encoded++;
            return Payload.FromText($"{value.Key}{value.Value}");
        }));
        values.OnNext(("a", 1));
        values.OnNext(("b", 1));
        values.OnNext(("a", 2));
        values.OnNext(("c", 1));
        values.OnNext(("b", 2));
        await dialogue.Peer.ExpectNothingMoreAsync();
        Assert.Equal(0, encoded); // what is conflated away costs no encoding
        await dialogue.Peer.SendAsync(Build.RequestN(1, 2));
        await dialogue.Peer.ExpectPayloadAsync(1, "a2");
        await dialogue.Peer.ExpectPayloadAsync(1, "b2");
        await dialogue.Peer.ExpectNothingMoreAsync();
        values.OnCompleted();
        await dialogue.Peer.ExpectNothingMoreAsync(); // "c" still waits for credit
        await dialogue.Peer.SendAsync(Build.RequestN(1, 1));
        await dialogue.Peer.ExpectPayloadAsync(1, "c1", Build.N | Build.C);
        Assert.False(values.HasObservers);
    }

    [Fact]
    public async Task DropOldest_KeepsTheNewest()
    {
        using var values = new Subject<int>();
        await using Dialogue dialogue = await ServingAsync(() => ObservableSource.DropOldest(values, 3, value => Payload.FromText($"{value}")));
        for (int i = 0; i < 10; i++)
        {
            values.OnNext(i);
        }

        await dialogue.Peer.SendAsync(Build.RequestN(1, 10));
        await dialogue.Peer.ExpectPayloadsAsync(1, 7, 3);
        values.OnNext(10);
        await dialogue.Peer.ExpectPayloadAsync(1, "10");
        await dialogue.Peer.SendAsync(Build.Cancel(1));
        await dialogue.ExpectNoStreamsAsync();
        Assert.False(values.HasObservers);
    }

    [Fact]
    public async Task Buffer_KeepsAll_AndOneTooManyEndsTheStream()
    {
        using var values = new Subject<int>();
        await using Dialogue dialogue = await ServingAsync(() => ObservableSource.Buffer(values, 3, value => Payload.FromText($"{value}")));
        values.OnNext(0);
        values.OnNext(1);
        values.OnNext(2);
        await dialogue.Peer.SendAsync(Build.RequestN(1, 2));
        await dialogue.Peer.ExpectPayloadsAsync(1, 0, 2);
        values.OnNext(3);
        values.OnNext(4);
        await dialogue.Peer.ExpectNothingMoreAsync();
        values.OnNext(5);
        await dialogue.Peer.ExpectErrorAsync(1, ErrorCode.Canceled);
        await dialogue.ExpectNoStreamsAsync();
        Assert.False(values.HasObservers);
        Assert.Throws<ArgumentOutOfRangeException>(() => ObservableSource.Buffer(values, 0, _ => Payload.Empty));
    }

    [Fact]
    public async Task ErrorOfAnObservable_EndsTheStream_WithItsCodeOrWithoutItsText()
    {
        using var known = new Subject<int>();
        await using Dialogue first = await ServingAsync(() => ObservableSource.Buffer(known, 3, _ => Payload.Empty));
        known.OnError(new RSocketException((ErrorCode)0x301, "told"));
        Assert.Equal("told", (await first.Peer.ExpectErrorAsync(1, (ErrorCode)0x301)).Data);
        using var unknown = new Subject<int>();
        await using Dialogue second = await ServingAsync(() => ObservableSource.Buffer(unknown, 3, _ => Payload.Empty));
        unknown.OnError(new InvalidOperationException("secret"));
        Assert.DoesNotContain("secret", (await second.Peer.ExpectErrorAsync(1, ErrorCode.ApplicationError)).Data);
    }

    [Fact]
    public async Task ObservableThatIsOverAtOnce_CompletesTheStream()
    {
        await using Dialogue dialogue = await ServingAsync(() => ObservableSource.Buffer(System.Reactive.Linq.Observable.Empty<int>(), 3, _ => Payload.Empty), ready: false);
        await dialogue.Peer.ExpectCompleteAsync(1);
        await dialogue.ExpectNoStreamsAsync();
    }

    [Fact]
    public async Task AsyncSequence_IsAskedOneAhead_AndItsEndNeedsNoCredit()
    {
        int made = 0;
        async IAsyncEnumerable<Payload> Make()
        {
            for (int i = 0; i < 3; i++)
            {
                await Task.Yield();
                made++;
                yield return Payload.FromText($"{i}");
            }
        }

        await using Dialogue dialogue = await ServingAsync(() => PayloadSources.From(Make()));
        await dialogue.Peer.SendAsync(Build.RequestN(1, 1));
        await dialogue.Peer.ExpectPayloadAsync(1, "0");
        Assert.InRange(made, 1, 2);
        await dialogue.Peer.SendAsync(Build.RequestN(1, 2));
        await dialogue.Peer.ExpectPayloadsAsync(1, 1, 2);
        await dialogue.Peer.ExpectCompleteAsync(1);
    }

    [Fact]
    public async Task AsyncSequence_IsCancelledWithItsStream_AndItsErrorsEndIt()
    {
        var disposed = new TaskCompletionSource();
        async IAsyncEnumerable<Payload> Wait([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            try
            {
                yield return Payload.FromText("0");
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }
            finally
            {
                disposed.SetResult();
            }
        }

        await using Dialogue dialogue = await ServingAsync(() => PayloadSources.From(Wait()));
        await dialogue.Peer.SendAsync(Build.RequestN(1, 1));
        await dialogue.Peer.ExpectPayloadAsync(1, "0");
        await dialogue.Peer.SendAsync(Build.Cancel(1));
        await disposed.Task.Within();

        async IAsyncEnumerable<Payload> Fail()
        {
            yield return Payload.FromText("0");
            await Task.Yield();
            throw new InvalidOperationException("secret");
        }

        await using Dialogue other = await ServingAsync(() => PayloadSources.From(Fail()));
        await other.Peer.SendAsync(Build.RequestN(1, 5));
        await other.Peer.ExpectPayloadAsync(1, "0");
        await other.Peer.ExpectErrorAsync(1, ErrorCode.ApplicationError);
    }

    [Fact]
    public async Task SequenceThatThrowsAfterAValue_SendsTheValueFirst()
    {
        static IEnumerable<Payload> Make()
        {
            yield return Payload.FromText("0");
            throw new RSocketException((ErrorCode)0x301, "then this");
        }

        await using Dialogue dialogue = await ServingAsync(() => PayloadSources.From(Make()));
        await dialogue.Peer.SendAsync(Build.RequestN(1, 5));
        await dialogue.Peer.ExpectPayloadAsync(1, "0");
        await dialogue.Peer.ExpectErrorAsync(1, (ErrorCode)0x301);
        await dialogue.ExpectNoStreamsAsync();
    }

    [Fact]
    public async Task DeferredSource_WaitsWithItsCredit()
    {
        var pending = new TaskCompletionSource<PayloadSource>();
        await using Dialogue dialogue = await ServingAsync(() => PayloadSources.From(pending.Task));
        await dialogue.Peer.SendAsync(Build.RequestN(1, 2));
        await dialogue.Peer.ExpectNothingMoreAsync();
        TestSource inner = TestSource.Counting();
        pending.SetResult(inner);
        await dialogue.Peer.ExpectPayloadsAsync(1, 0, 2);
        await dialogue.Peer.SendAsync(Build.Cancel(1));
        await inner.Released.Within();
        Assert.Null(inner.Misuse);
    }

    [Fact]
    public async Task DeferredSource_ThatComesTooLate_IsReleased_AndThatFails_EndsTheStream()
    {
        var pending = new TaskCompletionSource<PayloadSource>();
        await using Dialogue dialogue = await ServingAsync(() => PayloadSources.From(pending.Task));
        await dialogue.Peer.SendAsync(Build.Cancel(1));
        await dialogue.ExpectNoStreamsAsync();
        var inner = new TestSource();
        pending.SetResult(inner);
        await inner.Released.Within();

        await using Dialogue other = await ServingAsync(
            () => PayloadSources.From(Task.FromException<PayloadSource>(new RSocketException(ErrorCode.Rejected, "no"))), ready: false);
        await other.Peer.ExpectErrorAsync(1, ErrorCode.Rejected);
        await using Dialogue third = await ServingAsync(
            () => PayloadSources.From(Task.FromException<PayloadSource>(new InvalidOperationException("secret"))), ready: false);
        await third.Peer.ExpectErrorAsync(1, ErrorCode.ApplicationError);
    }

    [Fact]
    public async Task SourceGivenToASecondStream_FailsThere_AndTheFirstGoesOn()
    {
        var source = new TestSource();
        await using Dialogue dialogue = await Dialogue.WithServerAsync(new ScriptedResponder { OnStream = (_, _) => source });
        await dialogue.Peer.SendAsync(Build.RequestStream(1, 5), Build.RequestStream(3, 5));
        await dialogue.Peer.ExpectErrorAsync(3, ErrorCode.ApplicationError);
        source.Emit("0");
        await dialogue.Peer.ExpectPayloadAsync(1, "0");
    }

    [Fact]
    public async Task SourceThatFailsWhileItIsAttached_IsReleased()
    {
        var values = new FailingObservable();
        await using Dialogue dialogue = await ServingAsync(() => ObservableSource.Buffer(values, 3, _ => Payload.Empty), ready: false);
        await dialogue.Peer.ExpectErrorAsync(1, ErrorCode.ApplicationError);
        await dialogue.ExpectNoStreamsAsync();
    }

    [Fact]
    public async Task SignalsBeforeTheSourceIsAttached_AreNotLost()
    {
        var failed = new TestSource();
        failed.Fail(new RSocketException((ErrorCode)0x301, "early"));
        await using Dialogue dialogue = await ServingAsync(() => failed, ready: false);
        await dialogue.Peer.ExpectErrorAsync(1, (ErrorCode)0x301);
        var completed = new TestSource();
        completed.Complete();
        await using Dialogue other = await ServingAsync(() => completed, ready: false);
        await other.Peer.ExpectCompleteAsync(1);
    }

    private static async Task<Dialogue> ServingAsync(Func<PayloadSource> make, bool ready = true)
    {
        Dialogue dialogue = await Dialogue.WithServerAsync(new ScriptedResponder { OnStream = (_, _) => make() });
        await dialogue.Peer.SendAsync(Build.RequestStream(1, 0));
        if (ready)
        {
            await dialogue.Peer.ExpectNothingMoreAsync();
        }

        return dialogue;
    }

    private sealed class FailingObservable : IObservable<int>
    {
        public IDisposable Subscribe(IObserver<int> observer) => throw new InvalidOperationException("no subscription");
    }
}
