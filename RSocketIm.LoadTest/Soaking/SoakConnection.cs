using RSocketIm.LoadTest.Servers;
using RSocketIm.Protocol.Transports;

namespace RSocketIm.LoadTest.Soaking;

/// <summary>A signed-in connection over TCP whose socket can be cut.</summary>
internal sealed class SoakConnection : IAsyncDisposable
{
    private readonly Uri address;
    private readonly bool resumes;
    private LoadClient? client;
    private volatile TcpTransport? transport;

    private SoakConnection(string address, bool resumes)
    {
        this.address = new Uri(address);
        this.resumes = resumes;
    }

    public LoadClient Client => client!;

    /// <summary>Whether it is over, and not to be resumed.</summary>
    public bool IsOver => Client.Connection.Closed.IsCompleted;

    /// <param name="address">The server's <c>tcp:</c> address.</param>
    /// <param name="user">Who it is.</param>
    /// <param name="resumes">Whether its session outlives its sockets, with all that it reads.</param>
    public static async Task<SoakConnection> OpenAsync(string address, string user, bool resumes)
    {
        SoakConnection connection = new(address, resumes);
        connection.client = await LoadClient.ConnectAsync(connection.ConnectAsync, user, resumes).ConfigureAwait(false);
        return connection;
    }

    /// <summary>Resets the socket, as a network does that goes away.</summary>
    /// <returns>Whether the connection goes on over another.</returns>
    public async Task<bool> CutAsync()
    {
        transport!.Abort();
        if (!resumes)
        {
            await Client.DisposeAsync().ConfigureAwait(false);
        }

        return resumes;
    }

    /// <summary>Ends in order.</summary>
    public ValueTask DisposeAsync() => Client.DisposeAsync();

    private async ValueTask<FrameTransport> ConnectAsync(CancellationToken cancellationToken) =>
        transport = await TcpTransport.ConnectAsync(address.Host, address.Port, cancellationToken: cancellationToken).ConfigureAwait(false);
}
