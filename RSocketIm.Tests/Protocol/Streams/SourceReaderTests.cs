using System.Text;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Streams;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Protocol.Streams;

/// <summary>A source that is pulled by calls and not by a stream.</summary>
public sealed class SourceReaderTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Read_TakesWhatIsThere_AndNothingAhead()
    {
        TestSource source = TestSource.Counting();
        using SourceReader reader = new(source);
        Assert.Equal(0, source.Pulls);
        Assert.True(await reader.WaitToReadAsync());
        Assert.Equal(0, source.Pulls);
        Assert.Equal("0", Read(reader));
        Assert.Equal("1", Read(reader));
        Assert.Equal(2, source.Pulls);
        Assert.Null(source.Misuse);
    }

    [Fact]
    public async Task Wait_AfterAReadThatFoundNothing_EndsWithTheNextSignal()
    {
        TestSource source = new();
        int told = 0;
        using SourceReader reader = new(source, _ => Interlocked.Increment(ref told));
        Assert.False(reader.TryRead(out _));
        Assert.False(reader.IsReady);
        Task<bool> wait = reader.WaitToReadAsync().AsTask();
        Assert.False(wait.IsCompleted);
        source.Emit("a", "b");
        Assert.True(await wait.WaitAsync(Patience));
        Assert.Equal(1, told);
        source.Emit("c"); // known already: nobody is told twice
        Assert.Equal(1, told);
        Assert.Equal(["a", "b", "c"], [Read(reader), Read(reader), Read(reader)]);
        Assert.False(reader.TryRead(out _));
        source.Emit("d");
        Assert.Equal(2, told);
    }

    [Fact]
    public void Signal_WhileASourceSaysIdle_IsNotLost()
    {
        SignallingSource source = new();
        using SourceReader reader = new(source);
        Assert.False(reader.TryRead(out _));
        Assert.True(reader.IsReady);
    }

    [Fact]
    public async Task End_InOrder_IsFalse_AfterTheLastPayload()
    {
        TestSource source = new();
        using SourceReader reader = new(source);
        source.Emit("a");
        source.CompleteAfterLast();
        Assert.Equal("a", Read(reader));
        Assert.True(reader.IsOver);
        Assert.False(reader.TryRead(out _));
        Assert.False(await reader.WaitToReadAsync());
        reader.Dispose();
        Assert.Equal(1, source.Releases);
    }

    [Fact]
    public async Task Failure_ComesAtOnce_WithoutAnythingBeingPulled()
    {
        TestSource source = new();
        bool told = false;
        using SourceReader reader = new(source, over => told = over.IsOver);
        source.Emit("never read");
        source.Fail(new RSocketException((ErrorCode)0x403, "no longer"));
        Assert.True(told);
        Assert.Equal("no longer", Assert.Throws<RSocketException>(() => reader.TryRead(out _)).Message);
        Assert.Equal("no longer", (await Assert.ThrowsAsync<RSocketException>(() => reader.WaitToReadAsync().AsTask())).Message);
        Assert.Equal(0, source.Pulls);
    }

    [Fact]
    public void FaultOfASource_IsItsEnd_WithoutItsText()
    {
        TestSource source = new() { Endless = static () => throw new InvalidOperationException("secret") };
        using SourceReader reader = new(source);
        RSocketException error = Assert.Throws<RSocketException>(() => reader.TryRead(out _));
        Assert.Equal(ErrorCode.ApplicationError, error.Code);
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
        Assert.True(reader.IsOver);
    }

    [Fact]
    public async Task Cancellation_EndsTheWaitOnly()
    {
        TestSource source = new();
        using SourceReader reader = new(source);
        Assert.False(reader.TryRead(out _));
        using CancellationTokenSource stop = new();
        Task<bool> wait = reader.WaitToReadAsync(stop.Token).AsTask();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait.WaitAsync(Patience));
        source.Emit("a");
        Assert.True(await reader.WaitToReadAsync().AsTask().WaitAsync(Patience));
        Assert.Equal("a", Read(reader));
    }

    [Fact]
    public async Task Dispose_EndsTheWait_AndReleasesOnce()
    {
        TestSource source = new();
        SourceReader reader = new(source);
        Assert.False(reader.TryRead(out _));
        Task<bool> wait = reader.WaitToReadAsync().AsTask();
        reader.Dispose();
        reader.Dispose();
        Assert.False(await wait.WaitAsync(Patience));
        Assert.False(reader.TryRead(out _));
        Assert.Equal(1, source.Releases);
        Assert.Null(source.Misuse);
    }

    [Fact]
    public void Dispose_WithinARead_ReleasesAfterIt()
    {
        SourceReader? reader = null;
        TestSource source = new()
        {
            Endless = () =>
            {
                reader!.Dispose();
                return Payload.FromText("too late");
            },
        };
        reader = new SourceReader(source);
        Assert.False(reader.TryRead(out _));
        Assert.Equal(1, source.Releases);
        Assert.Null(source.Misuse);
    }

    [Fact]
    public async Task SignalsFromManyThreads_AreNeverLost()
    {
        const int Count = 20_000;
        TestSource source = new();
        using SourceReader reader = new(source);
        Task[] writers = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (int i = 0; i < Count / 4; i++)
            {
                source.Emit("x");
            }
        }))];
        int read = 0;
        while (read < Count)
        {
            Assert.True(await reader.WaitToReadAsync().AsTask().WaitAsync(Patience));
            while (reader.TryRead(out _))
            {
                read++;
            }
        }

        await Task.WhenAll(writers);
        Assert.Equal(Count, read);
        Assert.Null(source.Misuse);
    }

    [Fact]
    public void SourceOfAnother_IsRefused()
    {
        TestSource source = new();
        using SourceReader reader = new(source);
        Assert.Throws<InvalidOperationException>(() => new SourceReader(source));
    }

    private static string Read(SourceReader reader)
    {
        Assert.True(reader.TryRead(out Payload payload));
        return Encoding.UTF8.GetString(payload.Data.Span);
    }

    private sealed class SignallingSource : PayloadSource
    {
        protected internal override PullStatus TryPull(out Payload payload)
        {
            SignalReady(); // as a block of the store that arrives between the look and the answer
            payload = default;
            return PullStatus.Idle;
        }
    }
}
