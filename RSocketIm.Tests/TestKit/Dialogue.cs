using System.IO.Pipelines;
using RSocketIm.Protocol.Connections;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Streams;
using RSocketIm.Protocol.Transports;
using RSocketIm.Protocol;

namespace RSocketIm.Tests.TestKit;

/// <summary>A connection under test and the raw peer it talks to, past the SETUP.</summary>
internal sealed class Dialogue : IAsyncDisposable
{
    private Dialogue(ConnectionEnd subject, RawPeer peer, ScriptedResponder responder)
    {
        Subject = subject;
        Peer = peer;
        Responder = responder;
    }

    public ConnectionEnd Subject { get; }

    public RawPeer Peer { get; }

    public ScriptedResponder Responder { get; }

    public RSocketRequester Requester => Subject.Requester;

    /// <summary>The library as a server that has accepted the peer's SETUP.</summary>
    public static async Task<Dialogue> WithServerAsync(
        ScriptedResponder? responder = null, RSocketServerOptions? options = null, int bufferBytes = 65_536, bool lease = false)
    {
        Dialogue dialogue = NewServer(responder, options, bufferBytes);
        await dialogue.Peer.SendSetupAsync(lease);
        if (!lease)
        {
            await dialogue.Peer.ExpectNothingMoreAsync();
        }

        return dialogue;
    }

    /// <summary>The library as a server to which nothing has been sent.</summary>
    public static Dialogue NewServer(ScriptedResponder? responder = null, RSocketServerOptions? options = null, int bufferBytes = 65_536, ConnectionAcceptor? acceptor = null)
    {
        responder ??= new ScriptedResponder();
        (IDuplexPipe left, IDuplexPipe right) = DuplexPipes.Create(bufferBytes);
        var transport = new PipeTransport(left, "server under test");
        ConnectionEnd server = acceptor is null ? ConnectionEnd.Server(transport, responder, options) : ConnectionEnd.Server(transport, acceptor, options);
        return new Dialogue(server, new RawPeer(right), responder);
    }

    /// <summary>The library as a client whose SETUP the peer has read.</summary>
    public static async Task<Dialogue> WithClientAsync(ScriptedResponder? responder = null, RSocketClientOptions? options = null, int bufferBytes = 65_536)
    {
        responder ??= new ScriptedResponder();
        (IDuplexPipe left, IDuplexPipe right) = DuplexPipes.Create(bufferBytes);
        var dialogue = new Dialogue(ConnectionEnd.Client(new PipeTransport(left, "client under test"), responder, options), new RawPeer(right), responder);
        await dialogue.Peer.ExpectAsync(FrameType.Setup, 0);
        return dialogue;
    }

    /// <summary>A second connection of the same responder, to show that the first one's trouble is its own.</summary>
    public async Task ExpectOthersUnharmedAsync()
    {
        await using Dialogue other = await WithServerAsync(Responder);
        await other.ExpectAliveAsync(1);
    }

    /// <summary>A stream runs from its request to its end on this connection.</summary>
    public async Task ExpectAliveAsync(int streamId)
    {
        await Peer.SendAsync(Build.RequestResponse(streamId, "alive?"));
        await Peer.ExpectPayloadAsync(streamId, "alive?", FrameFlags.Next | FrameFlags.Complete);
    }

    public async Task ExpectNoStreamsAsync()
    {
        await Peer.ExpectNothingMoreAsync();
        Assert.Equal(0, Subject.OpenStreams);
    }

    /// <summary>Waits until the subject has read everything the peer sent, while the peer itself reads nothing.</summary>
    public async Task WhenAllIsReadAsync()
    {
        int heard = Responder.Heard.Count;
        await Peer.SendAsync(Build.MetadataPush("mark"));
        await Guard.Until(() => Responder.Heard.Count > heard, "the mark was read");
    }

    public async ValueTask DisposeAsync()
    {
        await Subject.DisposeAsync();
        await Peer.DisposeAsync();
    }
}
