using System.Net;
using System.Net.Sockets;

namespace RSocketIm.Tests.TestKit;

/// <summary>A wire between one client and the server that breaks after so many bytes, wherever in a frame that is.</summary>
internal sealed class CuttableWire : IAsyncDisposable
{
    private readonly Lock gate = new();
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly List<TcpClient> ends = [];
    private readonly Task running;
    private long left = long.MaxValue;

    /// <summary>Lays the wire.</summary>
    /// <param name="address">The server's address.</param>
    public CuttableWire(string address)
    {
        int port = new Uri(address).Port;
        listener.Start();
        Address = address.Replace($":{port}", $":{((IPEndPoint)listener.LocalEndpoint).Port}", StringComparison.Ordinal);
        running = RunAsync(port);
    }

    /// <summary>Where the client connects to, once.</summary>
    public string Address { get; }

    /// <summary>Lets so many more bytes through to the client, and then breaks.</summary>
    public void CutAfter(long bytes)
    {
        lock (gate)
        {
            left = bytes;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Cut();
        await running;
    }

    private async Task RunAsync(int port)
    {
        try
        {
            TcpClient client = Add(await listener.AcceptTcpClientAsync());
            TcpClient server = Add(new TcpClient());
            await server.ConnectAsync(IPAddress.Loopback, port);
            await Task.WhenAll(CarryAsync(client.GetStream(), server.GetStream(), isCounted: false), CarryAsync(server.GetStream(), client.GetStream(), isCounted: true));
        }
        catch (Exception error) when (error is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            Cut(); // broken here, or by who hung up: either way nothing is carried any more
        }
    }

    private async Task CarryAsync(NetworkStream from, NetworkStream to, bool isCounted)
    {
        byte[] buffer = new byte[4096];
        for (int read = await from.ReadAsync(buffer); read > 0; read = await from.ReadAsync(buffer))
        {
            int through = isCounted ? Take(read) : read;
            await to.WriteAsync(buffer.AsMemory(0, through));
            if (through < read)
            {
                break;
            }
        }

        Cut();
    }

    private int Take(int read)
    {
        lock (gate)
        {
            int through = (int)Math.Min(read, left);
            left -= left == long.MaxValue ? 0 : through;
            return through;
        }
    }

    private TcpClient Add(TcpClient end)
    {
        lock (gate)
        {
            ends.Add(end);
            return end;
        }
    }

    private void Cut()
    {
        lock (gate)
        {
            listener.Stop();
            ends.ForEach(static end => end.Dispose());
        }
    }
}
