using System.Net;
using System.Net.Sockets;

namespace RSocketIm.Tests.TestKit;

public sealed class FaultProxyTests : IAsyncLifetime, IDisposable
{
    private readonly FakeTimeProvider time = new();
    private readonly TcpListener target = new(IPAddress.Loopback, 0);
    private FaultProxy proxy = null!;

    public Task InitializeAsync()
    {
        target.Start();
        proxy = FaultProxy.Start(target.LocalEndpoint, time);
        return Task.CompletedTask;
    }

    public Task DisposeAsync() => proxy.DisposeAsync().AsTask();

    public void Dispose() => target.Dispose();

    [Fact]
    public async Task Bytes_OfManyConnections_PassBothWaysAndAreCounted()
    {
        for (int i = 1; i <= 3; i++)
        {
            (Socket client, Socket server, FaultConnection link) = await ConnectAsync();
            await client.SendAsync(Bytes(0, 100_000));
            await ExpectAsync(server, 0, 100_000);
            await server.SendAsync(Bytes(7, 10));
            await ExpectAsync(client, 7, 10);
            await Task.WhenAll(link.Up.ReachedAsync(100_000), link.Down.ReachedAsync(10));
            Assert.Equal((100_000, 10, i), (link.Up.Passed, link.Down.Passed, proxy.Count));
            client.Dispose();
            Assert.Equal(0, await server.ReceiveAsync(new byte[1]).Within());
            server.Dispose();
            await link.Over.Within();
        }

        Assert.Empty(proxy.Live);
    }

    [Fact]
    public async Task HalfClose_OfOneSide_LeavesTheOtherDirectionOpen()
    {
        (Socket client, Socket server, _) = await ConnectAsync();
        client.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await server.ReceiveAsync(new byte[1]).Within());
        await server.SendAsync(Bytes(0, 50));
        await ExpectAsync(client, 0, 50);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(20_000)]
    public async Task CutAfter_WithFin_PassesExactlySoManyBytesAndEndsBothSides(int bytes)
    {
        (Socket client, Socket server, FaultConnection link) = await ConnectAsync();
        link.Up.CutAfter(bytes, CutKind.Fin);
        await client.SendAsync(Bytes(0, bytes + 30_000));
        await ExpectAsync(server, 0, bytes);
        Assert.Equal(0, await server.ReceiveAsync(new byte[1]).Within());
        Assert.Equal(0, await client.ReceiveAsync(new byte[1]).Within());
        await link.Over.Within();
        Assert.Equal(bytes, link.Up.Passed);
    }

    [Fact]
    public async Task CutAfter_WithReset_FailsBothSides()
    {
        (Socket client, Socket server, FaultConnection link) = await ConnectAsync();
        link.Down.CutAfter(5);
        await server.SendAsync(Bytes(0, 6));
        await ExpectResetAsync(client);
        await ExpectResetAsync(server);
        Assert.Equal(5, link.Down.Passed);
    }

    [Fact]
    public async Task Cut_OfTheProxy_CutsWhatIsThereAndLetsTheNextPass()
    {
        (Socket first, _, _) = await ConnectAsync();
        (Socket second, _, _) = await ConnectAsync();
        await proxy.CutAsync();
        Assert.Empty(proxy.Live);
        await ExpectResetAsync(first);
        await ExpectResetAsync(second);
        (Socket client, Socket server, _) = await ConnectAsync();
        await client.SendAsync(Bytes(0, 3));
        await ExpectAsync(server, 0, 3);
    }

    [Fact]
    public async Task HalfOpen_HoldsBackBytesAndTheEnd_UntilReleased()
    {
        (Socket client, Socket server, FaultConnection link) = await ConnectAsync();
        link.HalfOpen();
        await client.SendAsync(Bytes(0, 10));
        client.Shutdown(SocketShutdown.Send);
        Task<int> read = server.ReceiveAsync(new byte[10]);

        // Another connection's round trip shows that the proxy is at work, and still nothing comes here.
        (Socket other, Socket otherServer, _) = await ConnectAsync();
        await other.SendAsync(Bytes(0, 1));
        await ExpectAsync(otherServer, 0, 1);
        Assert.Equal((0, false), (link.Up.Passed, read.IsCompleted));

        link.Release();
        Assert.Equal(10, await read.Within());
        Assert.Equal(0, await server.ReceiveAsync(new byte[1]).Within());
    }

    [Fact]
    public async Task HalfOpen_CanBeCut()
    {
        (Socket client, _, FaultConnection link) = await ConnectAsync();
        link.HalfOpen();
        await link.CutAsync();
        await ExpectResetAsync(client);
    }

    [Fact]
    public async Task Delay_HandsEachChunkOnWhenItsTimeHasCome()
    {
        (Socket client, Socket server, FaultConnection link) = await ConnectAsync();
        link.Up.Delay(TimeSpan.FromSeconds(3));
        await client.SendAsync(Bytes(0, 10));
        await Guard.Until(() => time.ActiveTimers == 1, "the chunk waits");
        time.Advance(TimeSpan.FromSeconds(2.9));
        Assert.Equal(0, link.Up.Passed);
        time.Advance(TimeSpan.FromSeconds(0.1));
        await ExpectAsync(server, 0, 10);
    }

    [Fact]
    public async Task Throttle_PassesSoManyBytesASecondInOrder()
    {
        (Socket client, Socket server, FaultConnection link) = await ConnectAsync();
        link.Up.Throttle(1_000);
        await client.SendAsync(Bytes(0, 2_000));
        DateTimeOffset start = time.GetUtcNow();
        while (link.Up.Passed < 2_000)
        {
            await Guard.Until(() => time.ActiveTimers == 1 || link.Up.Passed == 2_000, "a piece has passed");
            time.Advance(TimeSpan.FromMilliseconds(20));
        }

        await ExpectAsync(server, 0, 2_000);
        Assert.InRange(time.GetUtcNow() - start, TimeSpan.FromSeconds(1.9), TimeSpan.FromSeconds(2.1));
    }

    [Fact]
    public async Task Prepare_SpoilsAConnectionBeforeItsFirstByte()
    {
        proxy.Prepare = static link => link.Down.Stall();
        (Socket client, Socket server, FaultConnection link) = await ConnectAsync();
        await server.SendAsync(Bytes(0, 4));
        await client.SendAsync(Bytes(0, 4));
        await ExpectAsync(server, 0, 4);
        Assert.Equal(0, link.Down.Passed);
        link.Release();
        await ExpectAsync(client, 0, 4);
    }

    [Fact]
    public async Task TargetThatIsGone_ResetsWhoConnects()
    {
        target.Stop();
        using Socket client = new(SocketType.Stream, ProtocolType.Tcp);
        SocketException reset = await Assert.ThrowsAsync<SocketException>(async () =>
        {
            await client.ConnectAsync(proxy.EndPoint).Within(); // the reset may be here before the connection is said to stand
            await client.ReceiveAsync(new byte[1]).Within();
        });
        Assert.Equal(SocketError.ConnectionReset, reset.SocketErrorCode);
    }

    private async Task<(Socket Client, Socket Server, FaultConnection Link)> ConnectAsync()
    {
        Socket client = new(SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(proxy.EndPoint).Within();
        return (client, await target.AcceptSocketAsync().Within(), await proxy.NextAsync());
    }

    private static byte[] Bytes(int first, int count) => [.. Enumerable.Range(first, count).Select(static i => (byte)i)];

    private static async Task ExpectAsync(Socket socket, int first, int count)
    {
        byte[] read = new byte[count];
        for (int have = 0; have < count;)
        {
            int more = await socket.ReceiveAsync(read.AsMemory(have)).Within();
            Assert.True(more > 0, $"The end came after {have} of {count} bytes.");
            have += more;
        }

        Assert.Equal(Bytes(first, count), read);
    }

    private static async Task ExpectResetAsync(Socket socket)
    {
        byte[] rest = new byte[64];
        SocketException reset = await Assert.ThrowsAsync<SocketException>(async () =>
        {
            while (await socket.ReceiveAsync(rest).Within() > 0)
            {
            }
        });
        Assert.Equal(SocketError.ConnectionReset, reset.SocketErrorCode);
    }
}
