using System.IO.Pipelines;

namespace RSocketIm.Protocol.Transports;

/// <summary>A stream as a pipe, for transports that are made for pipes. The stream stays open when an end is completed.</summary>
/// <param name="stream">Both directions.</param>
public sealed class StreamPipe(Stream stream) : IDuplexPipe
{
    /// <inheritdoc/>
    // Zero-byte reads: an idle connection holds no buffer.
    public PipeReader Input { get; } = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 16_384, leaveOpen: true, useZeroByteReads: true));

    /// <inheritdoc/>
    public PipeWriter Output { get; } = PipeWriter.Create(stream, new StreamPipeWriterOptions(minimumBufferSize: 4_096, leaveOpen: true));
}
