using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using RSocketIm.Protocol.Frames;
using ProtocolViolationException = RSocketIm.Protocol.Frames.ProtocolViolationException;

namespace RSocketIm.Protocol.Transports;

/// <summary>Frames over a duplex pipe of bytes, each behind its 24-bit length: TCP, memory, or a pipe that a server hands over.</summary>
/// <remarks>Spec: Protocol.md, "Framing Protocol Usage": the length excludes itself.</remarks>
public class PipeTransport : FrameTransport
{
    private const int PrefixLength = 3;

    private readonly IDuplexPipe pipe;
    private ReadOnlySequence<byte> buffer;
    private bool reading;  // a ReadResult is out and AdvanceTo is owed
    private bool mayHold;  // no call of TryRead has yet found the buffer without a whole frame
    private bool peerEnded;
    private bool broken;   // the bytes could not be cut into frames; what comes is skipped

    /// <summary>Creates the transport.</summary>
    /// <param name="pipe">The pipe; the transport completes both ends.</param>
    /// <param name="description">For logs.</param>
    /// <param name="remoteEndPoint">The peer's address, or null.</param>
    public PipeTransport(IDuplexPipe pipe, string description, EndPoint? remoteEndPoint = null)
    {
        ArgumentNullException.ThrowIfNull(pipe);
        this.pipe = pipe;
        Description = description;
        RemoteEndPoint = remoteEndPoint;
    }

    /// <inheritdoc/>
    public override string Description { get; }

    /// <inheritdoc/>
    public override EndPoint? RemoteEndPoint { get; }

    /// <inheritdoc/>
    public override async ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken)
    {
        if (mayHold)
        {
            return true; // the reader stopped half-way: between SETUP and the rest, for example
        }

        if (reading)
        {
            // Consumed: the whole frames taken. Examined: everything, so that the read below waits for new bytes.
            reading = false;
            pipe.Input.AdvanceTo(buffer.Start, buffer.End);
        }

        if (peerEnded)
        {
            return EndOfInput();
        }

        ReadResult result;
        try
        {
            result = await pipe.Input.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (TransportFailure.Is(error))
        {
            throw TransportFailure.From(error);
        }

        if (result.IsCanceled)
        {
            throw new IOException("The transport was dropped while reading.");
        }

        buffer = result.Buffer;
        reading = true;
        mayHold = !buffer.IsEmpty;
        peerEnded = result.IsCompleted;
        return !buffer.IsEmpty || !peerEnded || EndOfInput();
    }

    /// <inheritdoc/>
    public override bool TryRead(out ReadOnlySequence<byte> frame)
    {
        if (!mayHold)
        {
            frame = default;
            return false;
        }

        frame = default;
        try
        {
            mayHold = !broken && FrameReader.TryReadLengthPrefixed(ref buffer, MaxFrameLength, out frame);
        }
        catch (ProtocolViolationException)
        {
            broken = true;
            throw;
        }
        finally
        {
            if (broken)
            {
                mayHold = false;
                buffer = buffer.Slice(buffer.End);
            }
        }

        return mayHold;
    }

    /// <inheritdoc/>
    public override IBufferWriter<byte> StartFrame(int length)
    {
        FrameHeader.WriteLengthPrefix(pipe.Output.GetSpan(PrefixLength), length);
        pipe.Output.Advance(PrefixLength);
        return pipe.Output;
    }

    /// <inheritdoc/>
    public override ValueTask FlushAsync(CancellationToken cancellationToken) => PipeFlush.RunAsync(pipe.Output, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask CompleteWritingAsync(CancellationToken cancellationToken) => pipe.Output.CompleteAsync();

    /// <inheritdoc/>
    public override void Abort()
    {
        try
        {
            pipe.Input.CancelPendingRead();
            pipe.Output.CancelPendingFlush();
        }
        catch (ObjectDisposedException)
        {
            // A linger timer fires, and before it comes here the peer ends its side and the loops dispose the transport:
            // there is nothing left to drop.
        }
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await pipe.Output.CompleteAsync().ConfigureAwait(false);
        await pipe.Input.CompleteAsync().ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }

    private bool EndOfInput()
    {
        long left = buffer.Length;
        buffer = default;
        return left == 0 ? false : throw new ProtocolViolationException($"The peer closed {left} bytes into a frame.") { IsTruncation = true };
    }
}
