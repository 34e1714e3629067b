using RSocketIm.Protocol.Connections;
using RSocketIm.Protocol.Frames;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Protocol.Connections;

/// <summary>Frames nobody asked for: most are ignored, a few end the connection, none harms another.</summary>
public sealed class UnexpectedFrameTests
{
    public static TheoryData<string, byte[]> Meaningless => new()
    {
        { "PAYLOAD on an unknown stream", Build.Payload(77, "x") },
        { "PAYLOAD on stream 0", Build.Payload(0, "x") },
        { "CANCEL on an unknown stream", Build.Cancel(77) },
        { "CANCEL on stream 0", Build.Cancel(0) },
        { "ERROR on an unknown stream", Build.Error(77, ErrorCode.ApplicationError, "x") },
        { "REQUEST_N on an unknown stream", Build.RequestN(77, 5) },
        { "REQUEST_N on stream 0", Build.RequestN(0, 5) },
        { "REQUEST_N 0 on an unknown stream", Build.RequestN(77, 0) },
        { "KEEPALIVE on a stream", Build.KeepAlive(respond: true, id: 3) },
        { "LEASE nobody asked for", Build.Lease(1_000, 1) },
        { "LEASE on a stream", Build.Lease(1_000, 1, id: 3) },
        { "METADATA_PUSH on stream 3", Build.MetadataPush("x", id: 3) },
        { "METADATA_PUSH without M", Build.MetadataPush(null) },
        { "RESUME_OK", Build.Frame(0, FrameType.ResumeOk, 0, new byte[8]) },
        { "request on an even id", Build.RequestResponse(2, "x") },
        { "request on stream 0", Build.RequestResponse(0, "x") },
        { "fire-and-forget on an even id", Build.RequestFnf(4, "x") },
        { "unknown type 0x20 with I", Build.Frame(0, 0x20, Build.I, [1, 2, 3]) },
        { "unknown type 0x20 with I on a stream", Build.Frame(9, 0x20, Build.I) },
        { "EXT with I", Build.Extension(Build.I) },
        { "EXT too short, with I", Build.Frame(0, FrameType.Extension, Build.I, [1]) },
        { "REQUEST_N without its number, with I", Build.Frame(1, FrameType.RequestN, Build.I) },
        { "metadata beyond the frame, with I", Build.Frame(1, FrameType.RequestResponse, Build.I | Build.M, [0, 0, 9, 1]) },
    };

    public static TheoryData<string, byte[]> Fatal => new()
    {
        { "unknown type 0x20", Build.Frame(0, 0x20, 0) },
        { "type 0", Build.Frame(1, 0, 0) },
        { "EXT", Build.Extension(0) },
        { "REQUEST_N without its number", Build.Frame(1, FrameType.RequestN, 0, [0, 0]) },
        { "REQUEST_STREAM without its number", Build.Frame(1, FrameType.RequestStream, 0, [0]) },
        { "ERROR without its code", Build.Frame(1, FrameType.Error, 0, [0]) },
        { "KEEPALIVE without its position", Build.Frame(0, FrameType.KeepAlive, 0, [0]) },
        { "LEASE without its numbers", Build.Frame(0, FrameType.Lease, 0, [0]) },
        { "metadata beyond the frame", Build.Frame(1, FrameType.RequestResponse, Build.M, [0, 0, 9, 1]) },
        { "metadata length cut", Build.Frame(1, FrameType.Payload, Build.M | Build.N, [0]) },
        { "RESUME", Build.Resume() },
    };

    [Theory]
    [MemberData(nameof(Meaningless))]
    [Trait("Checklist", "6")]
    [Trait("Checklist", "8")]
    [Trait("Checklist", "77")]
    [Trait("Checklist", "78")]
    [Trait("Checklist", "79")]
    [Trait("Checklist", "80")]
    [Trait("Checklist", "E14")]
    [Trait("Checklist", "E15")]
    [Trait("Checklist", "E19")]
    [Trait("Checklist", "E35")]
    public async Task FrameWithoutMeaning_IsIgnored_AndAnOpenStreamGoesOn(string what, byte[] frame)
    {
        var source = new TestSource();
        await using Dialogue dialogue = await Dialogue.WithServerAsync(new ScriptedResponder { OnStream = (_, _) => source });
        await dialogue.Peer.SendAsync(Build.RequestStream(1001, 10));
        await dialogue.Peer.SendAsync(frame);
        await dialogue.Peer.ExpectNothingMoreAsync();
        source.Emit("still here");
        await dialogue.Peer.ExpectPayloadAsync(1001, "still here");
        await dialogue.ExpectAliveAsync(1003);
        Assert.Empty(dialogue.Responder.Heard);
        Assert.NotEmpty(what);
    }

    [Theory]
    [MemberData(nameof(Fatal))]
    [Trait("Checklist", "6")]
    [Trait("Checklist", "8")]
    [Trait("Checklist", "79")]
    [Trait("Checklist", "E18")]
    [Trait("Checklist", "E19")]
    public async Task FrameThatCannotBeRead_IsAConnectionError_OfThisConnectionOnly(string what, byte[] frame)
    {
        await using Dialogue dialogue = await Dialogue.WithServerAsync();
        await dialogue.Peer.SendAsync(frame);
        await dialogue.Peer.ExpectConnectionErrorAsync(ErrorCode.ConnectionError);
        Assert.NotNull(await dialogue.Responder.Closed.Within());
        Assert.NotEmpty(what);
        await dialogue.ExpectOthersUnharmedAsync();
    }

    [Fact]
    [Trait("Checklist", "E18")]
    [Trait("Checklist", "E37")]
    public async Task FrameOfFiveBytes_IsAConnectionError()
    {
        await using Dialogue dialogue = await Dialogue.WithServerAsync();
        await dialogue.Peer.SendBytesAsync(0, 0, 5, 0, 0, 0, 0, 4);
        await dialogue.Peer.ExpectConnectionErrorAsync(ErrorCode.ConnectionError);
        await dialogue.ExpectOthersUnharmedAsync();
    }

    [Fact]
    [Trait("Checklist", "12")]
    [Trait("Checklist", "E14")]
    public async Task RequestOnAnIdInUse_IsIgnored()
    {
        var source = new TestSource();
        await using Dialogue dialogue = await Dialogue.WithServerAsync(new ScriptedResponder { OnStream = (_, _) => source });
        await dialogue.Peer.SendAsync(Build.RequestStream(1, 1, "first"), Build.RequestStream(1, 5, "second"), Build.RequestResponse(1, "third"));
        source.Emit("a", "b");
        await dialogue.Peer.ExpectPayloadAsync(1, "a");
        await dialogue.Peer.ExpectNothingMoreAsync();
        Assert.Equal(1, dialogue.Responder.Requests);
    }

    [Fact]
    [Trait("Checklist", "12")]
    public async Task RequestOnAnIdWhoseRequestIsHalfSent_IsIgnored()
    {
        await using Dialogue dialogue = await Dialogue.WithServerAsync();
        await dialogue.Peer.SendAsync(Build.RequestResponse(1, "he", flags: Build.F), Build.RequestResponse(1, "other"), Build.Payload(1, "llo"));
        await dialogue.Peer.ExpectPayloadAsync(1, "hello", Build.N | Build.C);
        await dialogue.Peer.ExpectNothingMoreAsync();
    }

    [Theory]
    [InlineData(0x20)]
    [InlineData(0x3F)]
    [Trait("Checklist", "5")]
    public async Task FlagsThatATypeDoesNotDefine_AreNotInterpreted(int flags)
    {
        await using Dialogue dialogue = await Dialogue.WithServerAsync();
        await dialogue.Peer.SendAsync(Build.RequestResponse(1, "n", flags: (FrameFlags)(flags & 0x3F)));
        await dialogue.Peer.ExpectPayloadAsync(1, "n", Build.N | Build.C);
        await dialogue.Peer.SendAsync(Build.Frame(1, FrameType.Cancel, (FrameFlags)0xFF), Build.Frame(0, FrameType.KeepAlive, (FrameFlags)0x7F, new byte[8]));
        await dialogue.Peer.ExpectNothingMoreAsync();
        await dialogue.ExpectAliveAsync(3);
    }

    [Fact]
    [Trait("Checklist", "4")]
    public async Task TopBitOfAStreamId_IsMasked()
    {
        await using Dialogue dialogue = await Dialogue.WithServerAsync();
        await dialogue.Peer.SendAsync(Build.RequestResponse(0x8000_0003, "x"));
        await dialogue.Peer.ExpectPayloadAsync(3, "x", Build.N | Build.C);
    }

    [Fact]
    [Trait("Checklist", "78")]
    [Trait("Checklist", "E35")]
    public async Task MetadataPush_ReachesTheResponder_AlsoWhenEmpty_AndIsNotAnswered()
    {
        await using Dialogue dialogue = await Dialogue.WithServerAsync(new ScriptedResponder { OnPush = _ => throw new InvalidOperationException("mine") });
        await dialogue.Peer.SendAsync(Build.MetadataPush("news"), Build.MetadataPush(""));
        await dialogue.Peer.ExpectNothingMoreAsync();
        Assert.Equal(["news", ""], dialogue.Responder.Heard);
    }

    [Fact]
    [Trait("Checklist", "78")]
    public async Task MetadataPush_IsSentOnStreamZero_WithM()
    {
        await using Dialogue dialogue = await Dialogue.WithClientAsync();
        await dialogue.Requester.MetadataPushAsync(Build.Text("hi")).Within();
        ReceivedFrame frame = await dialogue.Peer.ExpectAsync(FrameType.MetadataPush, 0);
        Assert.Equal(Build.Frame(0, FrameType.MetadataPush, Build.M, Build.Text("hi")), frame.Bytes);
    }

    [Fact]
    [Trait("Checklist", "E15")]
    public async Task FloodOfMeaninglessFrames_EndsTheConnectionAtItsLimit()
    {
        await using Dialogue dialogue = await Dialogue.WithServerAsync(options: new RSocketServerOptions { MaxIgnoredFrames = 100 });
        await dialogue.Peer.SendAsync([.. Enumerable.Repeat(Build.Payload(77, "x"), 100)]);
        await dialogue.ExpectAliveAsync(1); // a frame with a meaning starts the count again
        await dialogue.Peer.SendAsync([.. Enumerable.Repeat(Build.Cancel(77), 100)]);
        await dialogue.Peer.ExpectNothingMoreAsync();
        await dialogue.Peer.SendAsync(Build.RequestN(77, 1));
        await dialogue.Peer.ExpectConnectionErrorAsync(ErrorCode.ConnectionError);
        await dialogue.ExpectOthersUnharmedAsync();
    }

    [Fact]
    [Trait("Checklist", "77")]
    [Trait("Checklist", "E15")]
    public async Task FramesOnAFinishedStream_AreIgnored_AndItsIdMayBeUsedAgain()
    {
        await using Dialogue dialogue = await Dialogue.WithServerAsync();
        await dialogue.ExpectAliveAsync(1);
        await dialogue.Peer.SendAsync(Build.Payload(1, "x"), Build.RequestN(1, 1), Build.Error(1, ErrorCode.Canceled), Build.Cancel(1));
        await dialogue.Peer.ExpectNothingMoreAsync();
        await dialogue.ExpectAliveAsync(1);
    }
}
