namespace RSocketIm.Server.Configuration;

/// <summary>How far the server is in its life; it only moves forward.</summary>
internal sealed class ServerState : IDisposable
{
    private readonly CancellationTokenSource draining = new();
    private volatile ListeningAddresses? addresses;

    /// <summary>Whether clients are welcome: everything is open, and it is not draining.</summary>
    public bool IsReady => addresses is not null && !draining.IsCancellationRequested;

    /// <summary>Whether only this machine can reach the server; false until that is known.</summary>
    public bool IsLoopback => addresses?.AreLoopback ?? false;

    /// <summary>Cancelled when the server begins to stop.</summary>
    public CancellationToken Draining => draining.Token;

    public void SetReady(ListeningAddresses bound) => addresses = bound;

    public void BeginDrain() => draining.Cancel();

    public void Dispose() => draining.Dispose();
}
