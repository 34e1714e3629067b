using RSocketIm.Protocol;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Streams;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Protocol.Streams;

/// <summary>Two directions that begin together and end apart.</summary>
public sealed class ChannelTests
{
    [Fact]
    [Trait("Checklist", "50")]
    [Trait("Checklist", "51")]
    public async Task Requester_SendsOneRequest_AndNothingMoreBeforeRequestN()
    {
        await using Dialogue dialogue = await Dialogue.WithClientAsync();
        var rest = new TestSource();
        rest.Emit("1", "2", "3");
        dialogue.Requester.RequestChannel(Payload.FromText("0"), rest, 5, new Recorder());
        ReceivedFrame request = await dialogue.Peer.ExpectAsync(FrameType.RequestChannel, 1);
        Assert.Equal(("0", 5, FrameFlags.None), (request.Data, request.Number, request.Flags));
        await dialogue.Peer.ExpectNothingMoreAsync();
        await dialogue.Peer.SendAsync(Build.RequestN(1, 2));
        await dialogue.Peer.ExpectPayloadsAsync(1, 1, 2);
        await dialogue.Peer.ExpectNothingMoreAsync();
    }

    [Fact]
    [Trait("Checklist", "51")]
    [Trait("Checklist", "52")]
    public async Task Responder_GrantsByRequestN_AndTheFirstPayloadIsOutsideOfIt()
    {
        await using ChannelServer server = await ChannelServer.StartAsync(grant: 2, initialN: 1);
        Assert.Equal("first", server.First);
        await server.Peer.SendAsync(Build.Payload(1, "a"), Build.Payload(1, "b"));
        await server.Incoming.ExpectAsync("a", "b");
        server.Source.Emit("x", "y");
        await server.Peer.ExpectPayloadAsync(1, "x"); // initial n = 1
        await server.Peer.ExpectNothingMoreAsync();
    }

    [Fact]
    [Trait("Checklist", "53")]
    [Trait("Checklist", "E26")]
    public async Task CompleteOnTheRequest_EndsThatDirectionAtOnce()
    {
        var incoming = new Recorder();
        var source = new TestSource();
        await using Dialogue dialogue = await Serving(incoming, source);
        await dialogue.Peer.SendAsync(Build.RequestChannel(1, 5, "only", flags: Build.C));
        await incoming.ExpectAsync("complete");
        await dialogue.Peer.SendAsync(Build.Payload(1, "after the end"));
        source.Emit("x");
        await dialogue.Peer.ExpectPayloadAsync(1, "x");
        source.Complete();
        await dialogue.Peer.ExpectCompleteAsync(1);
        await dialogue.ExpectNoStreamsAsync();
        incoming.ExpectNothing();
    }

    [Fact]
    [Trait("Checklist", "53")]
    public async Task RequesterWithoutRest_PutsCompleteOnTheRequest()
    {
        await using Dialogue dialogue = await Dialogue.WithClientAsync();
        var receiver = new Recorder();
        dialogue.Requester.RequestChannel(Payload.FromText("only"), null, 5, receiver);
        Assert.Equal(Build.C, (await dialogue.Peer.ExpectAsync(FrameType.RequestChannel, 1)).Flags);
        await dialogue.Peer.SendAsync(Build.Payload(1, "a"), Build.Complete(1));
        await receiver.ExpectAsync("a", "complete");
        await dialogue.ExpectNoStreamsAsync();
    }

    [Fact]
    [Trait("Checklist", "54")]
    [Trait("Checklist", "E26")]
    public async Task RequesterCompletesFirst_ResponderGoesOn()
    {
        await using ChannelServer server = await ChannelServer.StartAsync();
        await server.Peer.SendAsync(Build.Payload(1, "last", Build.N | Build.C));
        await server.Incoming.ExpectAsync("last", "complete");
        server.Source.Emit("x");
        await server.Peer.ExpectPayloadAsync(1, "x");
        Assert.Equal(1, server.Dialogue.Subject.OpenStreams);
        server.Source.Complete();
        await server.Peer.ExpectCompleteAsync(1);
        await server.Dialogue.ExpectNoStreamsAsync();
    }

    [Fact]
    [Trait("Checklist", "54")]
    [Trait("Checklist", "E26")]
    public async Task ResponderCompletesFirst_RequesterGoesOn()
    {
        await using ChannelServer server = await ChannelServer.StartAsync();
        server.Source.Complete();
        await server.Peer.ExpectCompleteAsync(1);
        await server.Peer.SendAsync(Build.Payload(1, "a"));
        await server.Incoming.ExpectAsync("a");
        Assert.Equal(1, server.Dialogue.Subject.OpenStreams);
        server.Inbound.Request(1);
        await server.Peer.ExpectRequestNAsync(1, 1);
        await server.Peer.SendAsync(Build.Complete(1));
        await server.Incoming.ExpectAsync("complete");
        await server.Dialogue.ExpectNoStreamsAsync();
    }

    [Fact]
    [Trait("Checklist", "54")]
    public async Task RequesterSide_HalfClosesTheSameWay()
    {
        await using Dialogue dialogue = await Dialogue.WithClientAsync();
        var rest = new TestSource();
        var receiver = new Recorder();
        dialogue.Requester.RequestChannel(Payload.FromText("0"), rest, 5, receiver);
        await dialogue.Peer.ExpectAsync(FrameType.RequestChannel, 1);
        await dialogue.Peer.SendAsync(Build.RequestN(1, 5), Build.Complete(1));
        await receiver.ExpectAsync("complete");
        rest.Emit("1");
        await dialogue.Peer.ExpectPayloadAsync(1, "1");
        rest.Complete();
        await dialogue.Peer.ExpectCompleteAsync(1);
        await dialogue.ExpectNoStreamsAsync();
        await rest.Released.Within();
    }

    [Fact]
    [Trait("Checklist", "55")]
    public async Task ErrorFromTheRequester_EndsBothDirections()
    {
        await using ChannelServer server = await ChannelServer.StartAsync();
        await server.Peer.SendAsync(Build.Error(1, (ErrorCode)0x333, "why"));
        await server.Incoming.ExpectAsync("error 819");
        await server.Source.Released.Within();
        await server.Dialogue.ExpectNoStreamsAsync();
    }

    [Fact]
    [Trait("Checklist", "55")]
    public async Task ErrorFromTheResponder_EndsBothDirections()
    {
        await using ChannelServer server = await ChannelServer.StartAsync();
        server.Source.Fail(new RSocketException((ErrorCode)0x333, "why"));
        await server.Peer.ExpectErrorAsync(1, (ErrorCode)0x333);
        await server.Incoming.ExpectAsync("error 819");
        await server.Source.Released.Within();
        await server.Dialogue.ExpectNoStreamsAsync();
        Assert.Null(server.Source.Misuse);
    }

    [Fact]
    [Trait("Checklist", "56")]
    public async Task CancelFromTheRequester_EndsBothDirections()
    {
        await using ChannelServer server = await ChannelServer.StartAsync();
        await server.Peer.SendAsync(Build.Cancel(1));
        await server.Incoming.ExpectAsync("error Canceled");
        await server.Source.Released.Within();
        server.Source.Emit("late");
        await server.Dialogue.ExpectNoStreamsAsync();
    }

    [Fact]
    [Trait("Checklist", "56")]
    public async Task RequestersCancel_IsOneFrame_AndEndsBothDirections()
    {
        await using Dialogue dialogue = await Dialogue.WithClientAsync();
        var rest = new TestSource();
        var receiver = new Recorder();
        InboundStream stream = dialogue.Requester.RequestChannel(Payload.FromText("0"), rest, 5, receiver);
        await dialogue.Peer.ExpectAsync(FrameType.RequestChannel, 1);
        await dialogue.Peer.SendAsync(Build.RequestN(1, 5));
        await dialogue.Peer.ExpectNothingMoreAsync();
        stream.Cancel();
        stream.Cancel();
        rest.Emit("late");
        await dialogue.Peer.ExpectCancelAsync(1);
        await rest.Released.Within();
        await dialogue.Peer.SendAsync(Build.Payload(1, "late"), Build.Complete(1), Build.Error(1, ErrorCode.ApplicationError));
        await dialogue.ExpectNoStreamsAsync();
        receiver.ExpectNothing();
    }

    [Fact]
    [Trait("Checklist", "57")]
    public async Task CancelFromTheResponder_StopsOnlyTheRequestersDirection()
    {
        await using Dialogue dialogue = await Dialogue.WithClientAsync();
        var rest = new TestSource();
        var receiver = new Recorder();
        dialogue.Requester.RequestChannel(Payload.FromText("0"), rest, 5, receiver);
        await dialogue.Peer.ExpectAsync(FrameType.RequestChannel, 1);
        await dialogue.Peer.SendAsync(Build.RequestN(1, 5), Build.Cancel(1));
        await rest.Released.Within();
        rest.Emit("late");
        await dialogue.Peer.SendAsync(Build.Payload(1, "goes on"));
        await receiver.ExpectAsync("goes on");
        await dialogue.Peer.SendAsync(Build.Complete(1));
        await receiver.ExpectAsync("complete");
        await dialogue.ExpectNoStreamsAsync();
    }

    [Fact]
    [Trait("Checklist", "57")]
    [Trait("Checklist", "E27")]
    public async Task RespondersCancel_IsSentOnce_AndItsOutputGoesOn()
    {
        await using ChannelServer server = await ChannelServer.StartAsync();
        server.Inbound.Cancel();
        server.Inbound.Cancel();
        await server.Peer.ExpectCancelAsync(1);
        await server.Peer.SendAsync(Build.Payload(1, "crossed it on the way"), Build.Complete(1));
        server.Source.Emit("x");
        await server.Peer.ExpectPayloadAsync(1, "x");
        server.Source.Complete();
        await server.Peer.ExpectCompleteAsync(1);
        await server.Dialogue.ExpectNoStreamsAsync();
        server.Incoming.ExpectNothing();
    }

    [Fact]
    [Trait("Checklist", "57")]
    public async Task RespondersCancel_AfterItsComplete_EndsTheStream()
    {
        await using ChannelServer server = await ChannelServer.StartAsync();
        server.Source.Complete();
        await server.Peer.ExpectCompleteAsync(1);
        server.Inbound.Cancel();
        await server.Peer.ExpectCancelAsync(1);
        await server.Dialogue.ExpectNoStreamsAsync();
    }

    [Fact]
    [Trait("Checklist", "58")]
    public async Task RequestersCancel_AfterTheResponderCompleted_IsErrorCanceled()
    {
        await using Dialogue dialogue = await Dialogue.WithClientAsync();
        var rest = new TestSource();
        var receiver = new Recorder();
        InboundStream stream = dialogue.Requester.RequestChannel(Payload.FromText("0"), rest, 5, receiver);
        await dialogue.Peer.ExpectAsync(FrameType.RequestChannel, 1);
        await dialogue.Peer.SendAsync(Build.Complete(1));
        await receiver.ExpectAsync("complete");
        stream.Cancel();
        stream.Cancel();
        await dialogue.Peer.ExpectErrorAsync(1, ErrorCode.Canceled);
        await rest.Released.Within();
        await dialogue.ExpectNoStreamsAsync();
        receiver.ExpectNothing();
    }

    [Fact]
    [Trait("Checklist", "58")]
    public async Task ErrorCanceledFromARequester_EndsTheChannel()
    {
        await using ChannelServer server = await ChannelServer.StartAsync();
        server.Source.Complete();
        await server.Peer.ExpectCompleteAsync(1);
        await server.Peer.SendAsync(Build.Error(1, ErrorCode.Canceled, "Canceled"));
        await server.Incoming.ExpectAsync("error Canceled");
        await server.Dialogue.ExpectNoStreamsAsync();
    }

    [Fact]
    [Trait("Checklist", "52")]
    public async Task ReceiverNamedTwice_IsAnError_AndTheFirstStays()
    {
        await using ChannelServer server = await ChannelServer.StartAsync();
        Assert.Throws<InvalidOperationException>(() => server.Inbound.Subscribe(new Recorder()));
        await server.Peer.SendAsync(Build.Payload(1, "a"));
        await server.Incoming.ExpectAsync("a");
    }

    [Fact]
    [Trait("Checklist", "53")]
    public async Task ReceiverNamedAfterTheEnd_IsToldOfIt()
    {
        InboundStream? inbound = null;
        await using Dialogue dialogue = await Dialogue.WithServerAsync(new ScriptedResponder
        {
            OnChannel = (_, stream, _) =>
            {
                inbound = stream;
                return new TestSource();
            },
        });
        await dialogue.Peer.SendAsync(Build.RequestChannel(1, 1, flags: Build.C));
        await dialogue.Peer.ExpectNothingMoreAsync();
        var late = new Recorder();
        inbound!.Subscribe(late);
        await late.ExpectAsync("complete");
    }

    private static Task<Dialogue> Serving(Recorder incoming, TestSource source, int grant = 5, Action<Payload, InboundStream>? opened = null) =>
        Dialogue.WithServerAsync(new ScriptedResponder
        {
            OnChannel = (first, stream, _) =>
            {
                opened?.Invoke(first, stream);
                stream.Subscribe(incoming);
                stream.Request(grant);
                return source;
            },
        });

    /// <summary>A server in the middle of a channel on stream 1.</summary>
    private sealed class ChannelServer : IAsyncDisposable
    {
        public required Dialogue Dialogue { get; init; }

        public required Recorder Incoming { get; init; }

        public required TestSource Source { get; init; }

        public required InboundStream Inbound { get; init; }

        public required string First { get; init; }

        public RawPeer Peer => Dialogue.Peer;

        public static async Task<ChannelServer> StartAsync(int grant = 5, int initialN = 5)
        {
            var incoming = new Recorder();
            var source = new TestSource();
            InboundStream? inbound = null;
            string first = "";
            Dialogue dialogue = await Serving(incoming, source, grant, (payload, stream) => (first, inbound) = (payload.DataText, stream));
            await dialogue.Peer.SendAsync(Build.RequestChannel(1, initialN, "first"));
            await dialogue.Peer.ExpectRequestNAsync(1, grant);
            return new ChannelServer { Dialogue = dialogue, Incoming = incoming, Source = source, Inbound = inbound!, First = first };
        }

        public ValueTask DisposeAsync() => Dialogue.DisposeAsync();
    }
}
