using System.IO.Pipelines;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Connections;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Streams;
using RSocketIm.Protocol.Transports;

namespace RSocketIm.Tests.TestKit;

/// <summary>A server that resumes sessions, and raw peers that come, are cut off, and come back.</summary>
internal sealed class ResumeWorld : IAsyncDisposable
{
    /// <summary>No text in any encoding: a token is bytes.</summary>
    public static readonly byte[] Token = [0xFF, 0xFE, 0x00, 0x80, 1, 2, 3, 4];

    public ResumeWorld(ScriptedResponder? responder = null, ResumeOptions? resume = null, TimeProvider? time = null, LeaseOptions? lease = null)
    {
        Responder = responder ?? new ScriptedResponder();
        Server = new RSocketServer(
            (_, _, _) => ValueTask.FromResult<RSocketResponder>(Responder),
            new RSocketServerOptions { Resume = resume ?? new ResumeOptions(), TimeProvider = time ?? TimeProvider.System, Lease = lease });
    }

    public RSocketServer Server { get; }

    public ScriptedResponder Responder { get; }

    public ResumeStatistics Statistics => Server.Resumption!;

    /// <summary>Serves of transports that are not over yet and those that are.</summary>
    public List<Task> Serves { get; } = [];

    public RawPeer Connect(int bufferBytes = 65_536)
    {
        (IDuplexPipe left, IDuplexPipe right) = DuplexPipes.Create(bufferBytes);
        Serves.Add(Server.ServeAsync(new PipeTransport(left, "server under test")));
        return new RawPeer(right);
    }

    public async Task<RawPeer> SetupAsync(byte[]? token = null, int keepAlive = 3_600_000, int lifetime = 7_200_000, bool lease = false, int bufferBytes = 65_536)
    {
        RawPeer peer = Connect(bufferBytes);
        await peer.SendAsync(Build.Setup(token: token ?? Token, keepAlive: keepAlive, lifetime: lifetime, lease: lease));
        return peer;
    }

    /// <summary>Comes back, and expects RESUME_OK with the position of what the server has received.</summary>
    public async Task<RawPeer> ResumeAsync(long received, long expected, long available = 0, byte[]? token = null)
    {
        RawPeer peer = Connect();
        await peer.SendAsync(Build.Resume(token: token ?? Token, lastReceived: received, firstAvailable: available));
        Assert.Equal(expected, (await peer.ExpectAsync(FrameType.ResumeOk, 0)).Position);
        return peer;
    }

    /// <summary>Comes back in a way that is refused.</summary>
    public async Task ExpectRefusedAsync(byte[] resume)
    {
        await using RawPeer peer = Connect();
        await peer.SendAsync(resume);
        await peer.ExpectConnectionErrorAsync(ErrorCode.RejectedResume);
    }

    /// <summary>The peer's transport is gone, and the server has seen it.</summary>
    public async Task CutAsync(RawPeer peer)
    {
        int detached = Statistics.Detached;
        await peer.DisposeAsync();
        await Guard.Until(() => Statistics.Detached > detached, "the session is detached");
    }

    public async ValueTask DisposeAsync() => await Server.DisposeAsync();
}
