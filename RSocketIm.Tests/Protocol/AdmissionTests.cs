using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Reactive.Disposables;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Connections;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Transports;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Protocol;

/// <summary>Who may come in at a listener, decided before a byte is read; and what an observer hears of limits.</summary>
public sealed class AdmissionTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Refusal_IsRejectedSetupWithItsText_AlsoOverTls(bool tls)
    {
        await using RSocketServer server = New(new RSocketServerOptions { Admission = _ => throw new RSocketException((ErrorCode)0x503, "unavailable: full") });
        IPEndPoint address = server.ListenTcp(new IPEndPoint(IPAddress.Loopback, 0), tls ? TestCertificate.ForServer : null).EndPoint;
        await using RawPeer peer = new(await TcpTransport.ConnectAsync("127.0.0.1", address.Port, tls ? TestCertificate.ForClient : null));
        await peer.SendAsync(Build.Setup(), Build.RequestResponse(1, "unread"));
        Assert.Equal("unavailable: full", (await peer.ExpectErrorAsync(0, ErrorCode.RejectedSetup)).Data);
        await peer.ExpectCloseAsync();
        Assert.Empty(server.Connections);
    }

    [Fact]
    public async Task Place_IsHeldFromTheFirstByteToTheLast()
    {
        ConcurrentQueue<EndPoint?> entered = new();
        int inside = 0;
        await using RSocketServer server = New(new RSocketServerOptions
        {
            Admission = remote =>
            {
                entered.Enqueue(remote);
                Interlocked.Increment(ref inside);
                return Disposable.Create(() => Interlocked.Decrement(ref inside));
            },
        });
        IPEndPoint address = server.ListenTcp(new IPEndPoint(IPAddress.Loopback, 0), TestCertificate.ForServer).EndPoint;
        using (Socket silent = new(SocketType.Stream, ProtocolType.Tcp))
        {
            await silent.ConnectAsync(address); // and not even TLS
            await Guard.Until(() => Volatile.Read(ref inside) == 1, "it was counted");
            Assert.Equal(((IPEndPoint)silent.LocalEndPoint!).Port, ((IPEndPoint)Assert.Single(entered)!).Port);
        }

        await Guard.Until(() => Volatile.Read(ref inside) == 0, "it was gone");
        await using (RSocketClient client = await ConnectAsync(address))
        {
            Assert.Equal("hello", (await client.RequestResponseAsync(Payload.FromText("hello")).AsTask().Within()).DataText);
            Assert.Equal(1, Volatile.Read(ref inside));
        }

        await Guard.Until(() => Volatile.Read(ref inside) == 0, "the client was gone");
    }

    [Fact]
    public async Task AdmissionThatFails_RefusesWithoutItsText_AndTheNextOneComesIn()
    {
        bool fails = true;
        await using RSocketServer server = New(new RSocketServerOptions { Admission = _ => fails ? throw new InvalidOperationException("secret") : null });
        IPEndPoint address = server.ListenTcp(new IPEndPoint(IPAddress.Loopback, 0)).EndPoint;
        await using RawPeer peer = new(await TcpTransport.ConnectAsync("127.0.0.1", address.Port));
        Assert.DoesNotContain("secret", (await peer.ExpectErrorAsync(0, ErrorCode.RejectedSetup)).Data, StringComparison.Ordinal);
        fails = false;
        await using RSocketClient client = await RSocketClient.ConnectAsync($"tcp://{address}");
        Assert.Equal("hello", (await client.RequestResponseAsync(Payload.FromText("hello")).AsTask().Within()).DataText);
    }

    [Fact]
    public async Task Refusals_ThatNobodyReads_AreBoundedToo()
    {
        // The clock stands still, so no refused connection is dropped for lingering.
        await using RSocketServer server = New(new RSocketServerOptions { Admission = _ => throw new RSocketException(ErrorCode.RejectedSetup, "full"), TimeProvider = new FakeTimeProvider() });
        IPEndPoint address = server.ListenTcp(new IPEndPoint(IPAddress.Loopback, 0)).EndPoint;
        Socket[] sockets = [.. Enumerable.Range(0, 300).Select(_ => new Socket(SocketType.Stream, ProtocolType.Tcp))];
        int told = 0;
        foreach (Socket socket in sockets)
        {
            try
            {
                await socket.ConnectAsync(address);
                told += await socket.ReceiveAsync(new byte[100]).Within() > 0 ? 1 : 0;
            }
            catch (SocketException reset) when (reset.SocketErrorCode == SocketError.ConnectionReset)
            {
                // One too many even to be told so.
            }
        }

        Assert.Equal(256, told);
        Array.ForEach(sockets, socket => socket.Dispose());
    }

    [Fact]
    public async Task LimitHit_OfATlsHandshakeThatNeverComes_IsTheSetupTimeout()
    {
        TaskCompletionSource<ConnectionLimit> hit = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using RSocketServer server = New(new RSocketServerOptions { SetupTimeout = TimeSpan.FromMilliseconds(50), LimitHit = limit => hit.TrySetResult(limit) });
        IPEndPoint address = server.ListenTcp(new IPEndPoint(IPAddress.Loopback, 0), TestCertificate.ForServer).EndPoint;
        using Socket silent = new(SocketType.Stream, ProtocolType.Tcp);
        await silent.ConnectAsync(address);
        Assert.Equal(ConnectionLimit.SetupTimeout, await hit.Task.Within());
    }

    [Fact]
    public async Task LimitHit_OfAnOrdinaryExchange_IsNeverCalled()
    {
        int hits = 0;
        await using Dialogue dialogue = await Dialogue.WithServerAsync(options: new RSocketServerOptions { LimitHit = _ => hits++ });
        await dialogue.Peer.SendAsync(Build.RequestResponse(1, "ha", flags: Build.F), Build.Payload(1, "lf"));
        await dialogue.Peer.ExpectPayloadAsync(1, "half", FrameFlags.Next | FrameFlags.Complete);
        await dialogue.ExpectAliveAsync(3);
        Assert.Equal(0, hits);
    }

    private static RSocketServer New(RSocketServerOptions options) => new((_, _, _) => ValueTask.FromResult<RSocketIm.Protocol.Streams.RSocketResponder>(new ScriptedResponder()), options);

    private static Task<RSocketClient> ConnectAsync(IPEndPoint address) =>
        RSocketClient.ConnectAsync($"tcps://{address}", new RSocketClientOptions { Tls = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = TestCertificate.Trusts } }).AsTask();
}
