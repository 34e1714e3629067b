using System.IO.Pipelines;

namespace RSocketIm.Protocol.Transports;

/// <summary>Two ends joined in memory, byte for byte as over TCP: for tests, and for a client and a server in one process.</summary>
public sealed class MemoryTransport : PipeTransport
{
    private MemoryTransport(Pipe inbound, Pipe outbound, string description)
        : base(new Ends(inbound.Reader, outbound.Writer), description)
    {
    }

    /// <summary>Creates both ends.</summary>
    /// <param name="bufferBytes">Bytes that may be in flight each way before a flush waits, 1..2^31-1, default 65,536.</param>
    /// <returns>The two ends; it does not matter which one the server takes.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bufferBytes"/> is below 1.</exception>
    public static (MemoryTransport Client, MemoryTransport Server) CreatePair(int bufferBytes = 65_536)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bufferBytes, 1);
        var options = new PipeOptions(
            pauseWriterThreshold: bufferBytes, resumeWriterThreshold: Math.Max(1, bufferBytes / 2), useSynchronizationContext: false);
        var toServer = new Pipe(options);
        var toClient = new Pipe(options);
        return (new MemoryTransport(toClient, toServer, "memory (client)"), new MemoryTransport(toServer, toClient, "memory (server)"));
    }

    private sealed record Ends(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
