using RSocketIm.LoadTest.Servers;
using RSocketIm.Protocol.Transports;

namespace RSocketIm.LoadTest.Soaking;

/// <summary>A signed-in connection over TCP whose socket can be cut.</summary>
internal sealed class SoakConnection(TcpTransport transport, LoadClient client) : IAsyncDisposable
{
    public LoadClient Client => client;

    public static async Task<SoakConnection> OpenAsync(string address, string user)
    {
        Uri place = new(address);
        TcpTransport transport = await TcpTransport.ConnectAsync(place.Host, place.Port).ConfigureAwait(false);
        return new SoakConnection(transport, await LoadClient.ConnectAsync(transport, user).ConfigureAwait(false));
    }

    /// <summary>Resets the socket, as a network does that goes away.</summary>
    public async Task CutAsync()
    {
        transport.Abort();
        await client.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Ends in order.</summary>
    public ValueTask DisposeAsync() => client.DisposeAsync();
}
