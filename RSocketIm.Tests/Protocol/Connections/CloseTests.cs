using RSocketIm.Protocol;
using RSocketIm.Protocol.Connections;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Streams;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Protocol.Connections;

/// <summary>How a connection ends: after its last stream, at once, by error, or because the peer left.</summary>
public sealed class CloseTests
{
    [Fact]
    [Trait("Checklist", "62")]
    public async Task Drain_RefusesNewStreams_LetsOpenOnesFinish_AndSaysConnectionCloseLast()
    {
        var source = new TestSource();
        await using Dialogue dialogue = await Dialogue.WithServerAsync(new ScriptedResponder { OnStream = (_, _) => source });
        await dialogue.Peer.SendAsync(Build.RequestStream(1, 10));
        await dialogue.Peer.ExpectNothingMoreAsync();
        Task closing = dialogue.Subject.Connection.CloseAsync();
        await dialogue.Peer.SendAsync(Build.RequestResponse(3), Build.RequestFnf(5, "unheard"));
        await dialogue.Peer.ExpectErrorAsync(3, ErrorCode.Rejected);
        RSocketException refused = await Assert.ThrowsAsync<RSocketException>(async () => await dialogue.Requester.RequestResponseAsync(Payload.Empty));
        Assert.True(refused.IsSafeToRetry);
        source.Emit("still");
        await dialogue.Peer.ExpectPayloadAsync(1, "still");
        Assert.False(closing.IsCompleted);
        source.Complete();
        await dialogue.Peer.ExpectCompleteAsync(1);
        await dialogue.Peer.ExpectConnectionErrorAsync(ErrorCode.ConnectionClose);
        await closing.Within();
        Assert.Empty(dialogue.Responder.Heard);
        Assert.Null(await dialogue.Responder.Closed.Within());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Checklist", "62")]
    public async Task Drain_WaitsForRequestsThatHaveComeInPart(bool comes)
    {
        await using Dialogue dialogue = await Dialogue.WithServerAsync();
        await dialogue.Peer.SendAsync(Build.RequestResponse(1, "ha", flags: Build.F));
        await dialogue.Peer.ExpectNothingMoreAsync();
        Task closing = dialogue.Subject.Connection.CloseAsync();
        await dialogue.Peer.ExpectNothingMoreAsync();
        Assert.False(closing.IsCompleted);
        await dialogue.Peer.SendAsync(comes ? Build.Payload(1, "lf") : Build.Cancel(1));
        if (comes)
        {
            await dialogue.Peer.ExpectPayloadAsync(1, "half", FrameFlags.Next | FrameFlags.Complete);
        }

        await dialogue.Peer.ExpectConnectionErrorAsync(ErrorCode.ConnectionClose);
        await closing.Within();
    }

    [Fact]
    [Trait("Checklist", "62")]
    public async Task Drain_WithAHalfSentRequestThatIsRefused_SaysSoBeforeItCloses()
    {
        await using Dialogue dialogue = await Dialogue.WithServerAsync(options: new RSocketServerOptions { Reassembly = new ReassemblyOptions { MaxPayloadBytes = 64 } });
        await dialogue.Peer.SendAsync(Build.RequestResponse(1, "ha", flags: Build.F));
        await dialogue.Peer.ExpectNothingMoreAsync();
        Task closing = dialogue.Subject.Connection.CloseAsync();
        await dialogue.Peer.SendAsync(Build.Payload(1, new string('x', 100)));
        await dialogue.Peer.ExpectErrorAsync(1, ErrorCode.Invalid);
        await dialogue.Peer.ExpectConnectionErrorAsync(ErrorCode.ConnectionClose);
        await closing.Within();
    }

    [Fact]
    [Trait("Checklist", "62")]
    public async Task DrainWithoutPatience_ClosesAtOnce_AndStreamsFail()
    {
        var source = new TestSource();
        await using Dialogue dialogue = await Dialogue.WithServerAsync(new ScriptedResponder { OnStream = (_, _) => source });
        await dialogue.Peer.SendAsync(Build.RequestStream(1, 10));
        await dialogue.Peer.ExpectNothingMoreAsync();
        Task closing = dialogue.Subject.Connection.CloseAsync(new CancellationToken(canceled: true));
        await dialogue.Peer.ExpectConnectionErrorAsync(ErrorCode.ConnectionClose);
        await closing.Within();
        await source.Released.Within();
        Assert.Equal(1, source.Releases);
        Assert.Equal(0, dialogue.Subject.OpenStreams);
    }

    [Fact]
    [Trait("Checklist", "62")]
    public async Task ConnectionCloseOfThePeer_EndsTheConnectionAfterItsLastStream()
    {
        await using Dialogue dialogue = await Dialogue.WithClientAsync();
        var receiver = new Recorder();
        dialogue.Requester.RequestStream(Payload.FromText("x"), 10, receiver);
        await dialogue.Peer.ExpectAsync(FrameType.RequestStream, 1);
        await dialogue.Peer.SendAsync(Build.Error(0, ErrorCode.ConnectionClose, "bye"));
        await dialogue.Peer.ExpectNothingMoreAsync();
        await Assert.ThrowsAsync<RSocketException>(async () => await dialogue.Requester.RequestResponseAsync(Payload.Empty));
        await dialogue.Peer.SendAsync(Build.Payload(1, "still"), Build.Complete(1));
        await receiver.ExpectAsync("still", "complete");
        await dialogue.Peer.ExpectCloseAsync();
        await dialogue.Subject.Closed.Within();
        Assert.Null(dialogue.Subject.Connection.CloseReason);
    }

    [Theory]
    [InlineData(ErrorCode.ConnectionError)]
    [InlineData((ErrorCode)0x105)]
    [InlineData(ErrorCode.RejectedSetup)]
    [Trait("Checklist", "62")]
    public async Task ErrorOnStreamZero_EndsEveryStreamWithItsCodeAndText(ErrorCode code)
    {
        await using Dialogue dialogue = await Dialogue.WithClientAsync();
        var receiver = new Recorder();
        dialogue.Requester.RequestStream(Payload.FromText("x"), 10, receiver);
        ValueTask<Payload> answer = dialogue.Requester.RequestResponseAsync(Payload.FromText("x"));
        await dialogue.Peer.ExpectAsync(FrameType.RequestStream, 1);
        await dialogue.Peer.ExpectAsync(FrameType.RequestResponse, 3);
        await dialogue.Peer.SendAsync(Build.Error(0, code, "why"), Build.Payload(1, "late"));
        await dialogue.Peer.ExpectCloseAsync();
        RSocketException error = await Assert.ThrowsAsync<RSocketException>(async () => await answer.Within());
        Assert.Equal((code, "why"), (error.Code, error.Message));
        Assert.Equal(code, (await receiver.Ended.Within())!.Code);
        Assert.Equal(0, receiver.Nexts);
        await dialogue.Subject.Closed.Within();
        Assert.Equal(code, Assert.IsType<RSocketException>(dialogue.Subject.Connection.CloseReason).Code);
        Assert.Equal(0, dialogue.Subject.OpenStreams);
    }

    [Fact]
    [Trait("Checklist", "62")]
    [Trait("Checklist", "88")]
    public async Task Abort_SendsItsError_AndIgnoresWhatStillComes()
    {
        await using Dialogue dialogue = await Dialogue.WithServerAsync();
        dialogue.Subject.Connection.Abort(ErrorCode.ConnectionError, "enough");
        dialogue.Subject.Connection.Abort(ErrorCode.ConnectionError, "said once");
        await dialogue.Peer.SendAsync(Build.RequestResponse(1), Build.Frame(0, 0x20, 0), Build.KeepAlive(respond: true));
        Assert.Equal("enough", (await dialogue.Peer.ExpectErrorAsync(0, ErrorCode.ConnectionError)).Data);
        await dialogue.Peer.ExpectCloseAsync();
        await dialogue.Subject.Closed.Within();
        Assert.Equal(0, dialogue.Responder.Requests);
    }

    [Fact]
    [Trait("Checklist", "88")]
    public async Task PeerThatEndsItsDirection_EndsTheConnectionInOrder()
    {
        var source = new TestSource();
        await using Dialogue dialogue = await Dialogue.WithServerAsync(new ScriptedResponder { OnStream = (_, _) => source });
        ValueTask<Payload> answer = dialogue.Requester.RequestResponseAsync(Payload.Empty);
        await dialogue.Peer.ExpectAsync(FrameType.RequestResponse, 2);
        await dialogue.Peer.SendAsync(Build.RequestStream(1, 10), Build.RequestResponse(3, "answered still"));
        await dialogue.Peer.CloseAsync();
        await source.Released.Within();
        await Assert.ThrowsAsync<RSocketException>(async () => await answer.Within());
        Assert.Null(await dialogue.Responder.Closed.Within());
        await dialogue.Subject.Closed.Within();
        Assert.Equal(0, dialogue.Subject.OpenStreams);
    }

    [Fact]
    [Trait("Checklist", "88")]
    public async Task PeerThatEndsInsideAFrame_IsAConnectionError()
    {
        await using Dialogue dialogue = await Dialogue.WithServerAsync();
        await dialogue.Peer.SendBytesAsync(0, 0, 50, 1, 2, 3);
        await dialogue.Peer.CloseAsync();
        await dialogue.Peer.ExpectErrorAsync(0, ErrorCode.ConnectionError);
    }

    [Fact]
    [Trait("Checklist", "88")]
    public async Task PeerThatDoesNotEndItsSide_IsDroppedAfterTheLinger()
    {
        var time = new FakeTimeProvider();
        await using Dialogue dialogue = await Dialogue.WithServerAsync(options: new RSocketServerOptions { TimeProvider = time });
        Task closing = dialogue.Subject.Connection.CloseAsync();
        await dialogue.Peer.ExpectErrorAsync(0, ErrorCode.ConnectionClose);
        Assert.False(closing.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(2));
        await closing.Within();
    }

    [Fact]
    [Trait("Checklist", "88")]
    public async Task PeerThatDoesNotRead_IsDroppedAfterTheLinger()
    {
        var time = new FakeTimeProvider();
        TestSource source = TestSource.Counting(size: 10_000);
        await using Dialogue dialogue = await Dialogue.WithServerAsync(new ScriptedResponder { OnStream = (_, _) => source }, new RSocketServerOptions { TimeProvider = time });
        await dialogue.Peer.SendAsync(Build.RequestStream(1, int.MaxValue));
        await dialogue.WhenAllIsReadAsync();
        dialogue.Subject.Connection.Abort(ErrorCode.ConnectionError, "cannot be written");
        time.Advance(TimeSpan.FromSeconds(2));
        await dialogue.Subject.Closed.Within();
        await source.Released.Within();
        Assert.Null(source.Misuse);
    }

    [Fact]
    [Trait("Checklist", "13")]
    [Trait("Checklist", "88")]
    public async Task ConnectionErrorAmidGarbage_IsReadableBeforeTheEnd_HoweverMuchFollows()
    {
        // After a bad length nothing that follows can be cut into frames; it is read all the same, for unread bytes would turn our
        // close into a reset, and that can destroy the ERROR on its way.
        await using Dialogue dialogue = await Dialogue.WithServerAsync();
        byte[] garbage = new byte[1 << 20];
        await dialogue.Peer.SendBytesAsync(garbage);
        await dialogue.Peer.SendBytesAsync(garbage);
        await dialogue.Peer.ExpectConnectionErrorAsync(ErrorCode.ConnectionError);
        await dialogue.Subject.Closed.Within();
    }

    [Fact]
    [Trait("Checklist", "10")]
    [Trait("Checklist", "11")]
    public async Task StreamIds_AreOddForTheClient_EvenForTheServer_AndWrapAroundPastThoseInUse()
    {
        await using Dialogue client = await Dialogue.WithClientAsync();
        await using Dialogue server = await Dialogue.WithServerAsync();
        await CheckAsync(client, 1, int.MaxValue);
        await CheckAsync(server, 2, int.MaxValue - 1);

        static async Task CheckAsync(Dialogue dialogue, int first, int last)
        {
            var receiver = new Recorder();
            InboundStream held = dialogue.Requester.RequestStream(Payload.Empty, 1, receiver);
            await dialogue.Peer.ExpectAsync(FrameType.RequestStream, first);
            Assert.Equal(first, held.StreamId);
            lock (dialogue.Subject.Core.Gate)
            {
                dialogue.Subject.Core.Table.ContinueAt(last);
            }

            await dialogue.Requester.FireAndForgetAsync(Payload.Empty).Within();
            await dialogue.Peer.ExpectAsync(FrameType.RequestFireAndForget, last);
            await dialogue.Requester.FireAndForgetAsync(Payload.Empty).Within();
            await dialogue.Peer.ExpectAsync(FrameType.RequestFireAndForget, first + 2);
            await dialogue.Peer.SendAsync(Build.Payload(first, "still the first", Build.N | Build.C));
            await receiver.ExpectAsync("still the first", "complete");
        }
    }
}
