using RSocketIm.Protocol.Transports;

namespace RSocketIm.Protocol.Connections.Resumption;

/// <summary>One transport's time in the service of a connection. A connection that cannot be resumed has one link, a resumable one may have many in turn.</summary>
internal sealed class Link(FrameTransport transport)
{
    private LazyCompletion ended;
    private bool isDisposed;

    public FrameTransport Transport { get; } = transport;

    /// <summary>Completes when nobody uses the transport any more; who brought it may go.</summary>
    public Task Ended => ended.Task;

    /// <summary>Gives the transport back; its loops are over.</summary>
    public async ValueTask DisposeTransportAsync()
    {
        if (!isDisposed)
        {
            isDisposed = true;
            await Transport.DisposeAsync().ConfigureAwait(false);
        }
    }

    public void SetEnded() => ended.Complete();
}
