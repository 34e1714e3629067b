using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Transports;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Protocol.Transports;

public sealed class TcpTransportTests : TcpTransportSuite
{
    public TcpTransportTests()
        : base(tls: false)
    {
    }

    [Theory]
    [InlineData("000000")] // length 0
    [InlineData("000005 00000000 04")]
    [InlineData("FFFFFF")]
    [InlineData("474554202F20485454502F312E310D0A0D0A")]
    [Trait("Checklist", "13")]
    [Trait("Checklist", "E1")]
    [Trait("Checklist", "E37")]
    public async Task ErrorAfterGarbage_IsNotDestroyedByAReset(string hex)
    {
        TransportPair pair = await ConnectAsync();
        await pair.Client.DisposeAsync();
        using Socket listener = Listen();
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(listener.LocalEndPoint!);
        await using TcpTransport transport = await TcpTransport.AcceptAsync(await listener.AcceptAsync());
        await using ConnectionEnd server = ConnectionEnd.Server(transport, new ScriptedResponder());
        await socket.SendAsync(Build.Hex(hex));
        byte[] garbage = new byte[100_000];
        await socket.SendAsync(garbage);

        // The server has said ERROR and ended its direction; a reset by unread bytes would show here as a failure to read.
        var received = new List<byte>();
        byte[] buffer = new byte[1_000];
        int count;
        while ((count = await socket.ReceiveAsync(buffer).Within()) > 0)
        {
            received.AddRange(buffer.AsSpan(0, count));
        }

        await socket.SendAsync(garbage); // it still reads
        Assert.Equal(ErrorCode.InvalidSetup, (ErrorCode)new ReceivedFrame([.. received[3..]]).Number);
        Assert.False(server.Closed.IsCompleted);
        socket.Shutdown(SocketShutdown.Send);
        await server.Closed.Within();
    }

    [Fact]
    public async Task NobodyListening_IsASocketException()
    {
        int port;
        using (Socket listener = Listen())
        {
            port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        }

        await Assert.ThrowsAnyAsync<SocketException>(async () => await TcpTransport.ConnectAsync("127.0.0.1", port));
    }
}

public sealed class TlsTransportTests : TcpTransportSuite
{
    public TlsTransportTests()
        : base(tls: true)
    {
    }

    [Fact]
    public async Task CertificateNobodyTrusts_IsRefused()
    {
        using Socket listener = Listen();
        Task accepting = Task.Run(async () => await (await TcpTransport.AcceptAsync(await listener.AcceptAsync(), TestCertificate.ForServer)).DisposeAsync());
        await Assert.ThrowsAnyAsync<System.Security.Authentication.AuthenticationException>(
            async () => await TcpTransport.ConnectAsync("127.0.0.1", ((IPEndPoint)listener.LocalEndPoint!).Port, new SslClientAuthenticationOptions()));
        await Record.ExceptionAsync(() => accepting.Within()); // with TLS 1.3 the server may have been done before the client refused
    }
}

/// <summary>TCP with and without TLS.</summary>
public abstract class TcpTransportSuite(bool tls) : TransportTests
{
    private protected static Socket Listen()
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        return listener;
    }

    private protected override async ValueTask<TransportPair> ConnectAsync()
    {
        using Socket listener = Listen();
        var address = (IPEndPoint)listener.LocalEndPoint!;
        Task<TcpTransport> accepting = Task.Run(async () => await TcpTransport.AcceptAsync(await listener.AcceptAsync(), tls ? TestCertificate.ForServer : null));
        TcpTransport client = await TcpTransport.ConnectAsync("127.0.0.1", address.Port, tls ? TestCertificate.ForClient : null);
        TcpTransport server = await accepting.Within();
        Assert.NotNull(server.RemoteEndPoint);
        Assert.StartsWith(tls ? "tcps " : "tcp ", client.Description);
        return new TransportPair(client, server, Task.CompletedTask);
    }
}
