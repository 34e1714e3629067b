using System.IO.Pipelines;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Connections;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Streams;
using RSocketIm.Protocol.Transports;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Protocol.Connections;

/// <summary>Handlers that throw, hang, ignore that nobody wants their answer, or block the thread they are called on: what suffers is their own stream, at worst their own connection.</summary>
public sealed class HostileHandlerTests
{
    private readonly FakeTimeProvider time = new();

    public static TheoryData<string> Places => ["call", "task", "pull", "release", "cancellation", "channel", "enumerable"];

    [Theory]
    [MemberData(nameof(Places))]
    public async Task HandlerThatThrows_EndsItsOwnStreamOnly(string place)
    {
        await using Dialogue dialogue = await Dialogue.WithServerAsync(ThrowingAt(place));
        byte[] request = place switch
        {
            "call" or "task" => Build.RequestResponse(1, "evil"),
            "channel" => Build.RequestChannel(1, 10, "evil"),
            _ => Build.RequestStream(1, 10, "evil"),
        };
        await dialogue.Peer.SendAsync(request);
        if (place is "release" or "cancellation")
        {
            await dialogue.Peer.SendAsync(Build.Cancel(1));
        }
        else
        {
            await dialogue.Peer.ExpectErrorAsync(1, ErrorCode.ApplicationError);
        }

        await dialogue.ExpectAliveAsync(3);
        await dialogue.ExpectNoStreamsAsync();
    }

    [Fact]
    public async Task HandlersThatNeverAnswerAndIgnoreCancellation_LeaveTheConnectionAlive_AndDoNotHoldItsEnd()
    {
        TaskCompletionSource<Payload> never = new();
        var responder = new ScriptedResponder
        {
            OnRequest = (request, _) => request.DataText == "evil" ? new ValueTask<Payload>(never.Task) : ValueTask.FromResult(request),
            OnStream = (_, _) => PayloadSources.From(Endless(never.Task)),
        };
        await using Dialogue dialogue = await Dialogue.WithServerAsync(responder, new RSocketServerOptions { TimeProvider = time });
        for (int id = 1; id < 200; id += 4)
        {
            await dialogue.Peer.SendAsync(Build.RequestResponse(id, "evil"), Build.RequestStream(id + 2, 5, "evil"));
            await dialogue.Peer.SendAsync(Build.Cancel(id), Build.Cancel(id + 2));
        }

        await dialogue.ExpectAliveAsync(1_001);
        await dialogue.ExpectNoStreamsAsync();
        await dialogue.Peer.SendAsync(Build.RequestResponse(2_001, "evil"));
        await dialogue.Peer.ExpectNothingMoreAsync();
        await dialogue.Peer.CloseAsync();
        await dialogue.Subject.Closed.Within();
    }

    [Fact]
    public async Task HandlersThatNeverAnswer_ReachTheirLimit_AndTheRestIsRefused()
    {
        TaskCompletionSource<Payload> never = new();
        var responder = new ScriptedResponder { OnRequest = (_, _) => new ValueTask<Payload>(never.Task) };
        await using Dialogue dialogue = await Dialogue.WithServerAsync(responder, new RSocketServerOptions { MaxRequestsInFlight = 10 });
        for (int i = 0; i < 20; i++)
        {
            await dialogue.Peer.SendAsync(Build.RequestResponse((4 * i) + 1), Build.Cancel((4 * i) + 1));
        }

        // Cancelled, but their handlers run on: they count until they end.
        List<ReceivedFrame> answers = await dialogue.Peer.ReadUntilProbeAsync();
        Assert.Equal(10, answers.Count);
        Assert.All(answers, static answer => Assert.Equal((FrameType.Error, (uint)ErrorCode.Rejected), (answer.Type, (uint)answer.Number)));
    }

    [Theory]
    [InlineData("request")]
    [InlineData("pull")]
    [InlineData("release")]
    public async Task HandlerThatBlocksItsThread_HoldsNeitherOtherConnectionsNorItsSocketNorTheShutdown(string place)
    {
        using ManualResetEventSlim free = new();
        using ManualResetEventSlim entered = new();
        void Block()
        {
            entered.Set();
            free.Wait();
        }

        var responder = new ScriptedResponder
        {
            OnRequest = (request, _) =>
            {
                if (request.DataText == "evil")
                {
                    Block();
                }

                return ValueTask.FromResult(request);
            },
            OnStream = (_, _) => new BlockingSource(place == "pull" ? Block : null, place == "release" ? Block : null),
        };
        var server = new RSocketServer((_, _, _) => ValueTask.FromResult<RSocketResponder>(responder), new RSocketServerOptions { TimeProvider = time });
        (IDuplexPipe left, IDuplexPipe right) = DuplexPipes.Create(65_536);
        Task serving = server.ServeAsync(new PipeTransport(left, "blocked"));
        RawPeer peer = new(right);
        await peer.SendSetupAsync();
        await peer.SendAsync(place == "request" ? Build.RequestResponse(1, "evil") : Build.RequestStream(1, 1));
        if (place == "release")
        {
            await peer.SendAsync(Build.Cancel(1));
        }

        await Task.Run(() => Assert.True(entered.Wait(Guard.Patience))).Within();
        await using (Dialogue other = await Dialogue.WithServerAsync(responder))
        {
            await other.ExpectAliveAsync(1);
        }

        Task closing = server.DisposeAsync().AsTask();
        await Guard.Until(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(1));
                return closing.IsCompleted;
            },
            "the server closed");
        await closing;
        Assert.False(serving.IsCompleted);
        free.Set();
        await serving.Within();
        await peer.DisposeAsync();
    }

    private static ScriptedResponder ThrowingAt(string place) => new()
    {
        OnRequest = (request, _) => request.DataText != "evil" ? ValueTask.FromResult(request)
            : place == "call" ? throw new InvalidOperationException("evil") : new ValueTask<Payload>(Task.FromException<Payload>(new InvalidOperationException("evil"))),
        OnStream = (_, context) =>
        {
            if (place == "cancellation")
            {
                context.Cancelled.Register(static () => throw new InvalidOperationException("evil"));
            }

            return place == "enumerable"
                ? PayloadSources.From(Throwing())
                : new BlockingSource(place == "pull" ? Throw : null, place is "release" ? Throw : null);
        },
        OnChannel = (_, _, _) => throw new InvalidOperationException("evil"),
    };

    private static void Throw() => throw new InvalidOperationException("evil");

#pragma warning disable CS1998 // Async in form only: it throws on the way to its first element.
    private static async IAsyncEnumerable<Payload> Throwing()
#pragma warning restore CS1998
    {
        Throw();
        yield break;
    }

    // Deaf to its token.
    private static async IAsyncEnumerable<Payload> Endless(Task<Payload> never)
    {
        while (true)
        {
            yield return await never;
        }
    }

    private sealed class BlockingSource(Action? onPull, Action? onRelease) : PayloadSource
    {
        protected internal override PullStatus TryPull(out Payload payload)
        {
            payload = default;
            onPull?.Invoke();
            return PullStatus.Idle;
        }

        protected internal override void Release() => onRelease?.Invoke();
    }
}
