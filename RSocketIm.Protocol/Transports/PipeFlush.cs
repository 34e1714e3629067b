using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace RSocketIm.Protocol.Transports;

/// <summary>The flush of a transport that writes into a pipe.</summary>
internal static class PipeFlush
{
    /// <summary>Hands over what was written, and waits while the peer does not take it.</summary>
    /// <param name="output">The pipe's writing end.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="IOException">The transport failed, or the peer reads no more.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public static async ValueTask RunAsync(PipeWriter output, CancellationToken cancellationToken)
    {
        FlushResult result;
        try
        {
            result = await output.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (TransportFailure.Is(error))
        {
            throw TransportFailure.From(error);
        }

        if (result.IsCompleted || result.IsCanceled)
        {
            throw new IOException("The peer reads no more.");
        }
    }
}
