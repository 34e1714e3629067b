using System.Buffers;
using System.Net;
using RSocketIm.Protocol.Frames;

namespace RSocketIm.Protocol.Transports;

/// <summary>One connection's carrier of bytes, which knows nothing of frames but where each one ends.</summary>
/// <remarks>
/// <para>One read loop and one write loop use it, so each half is called by one thread at a time; the halves run side by
/// side. <see cref="Abort"/> may be called by anyone.</para>
/// <para>Once a reading method has thrown <see cref="ProtocolViolationException"/> there are no more frames to be had; further
/// calls skip what comes until the peer ends its direction, because unread bytes would turn the close into a reset.</para>
/// <para>Spec: Protocol.md, "Framing Protocol Usage".</para>
/// </remarks>
public abstract class FrameTransport : IAsyncDisposable
{
    /// <summary>What kind of transport this is and whom it reaches; for logs.</summary>
    public abstract string Description { get; }

    /// <summary>The peer's address, or null where there is none.</summary>
    public virtual EndPoint? RemoteEndPoint => null;

    /// <summary>Whether the peer, as it ended its direction, said that it is gone for good: it will not resume its session.</summary>
    public virtual bool PeerLeft => false;

    /// <summary>Longest frame accepted, in bytes; lower while the peer has not shown who it is. Set by the read loop's thread.</summary>
    public int MaxFrameLength { get; set; } = Frame.MaxLength;

    /// <summary>Is woken when the reading half has left something to flush, the answer to a ping; null while there is no write loop.</summary>
    public IFlusher? Flusher { get; set; }

    /// <summary>Waits until <see cref="TryRead"/> may find a frame.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>False when the peer ended its direction in order and no frame is left.</returns>
    /// <exception cref="ProtocolViolationException">The bytes cannot be cut into frames, or one is too long.</exception>
    /// <exception cref="IOException">The transport failed.</exception>
    public abstract ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken);

    /// <summary>Takes the next whole frame that has arrived, without its length prefix.</summary>
    /// <param name="frame">The frame's bytes, valid until the next call of either reading method.</param>
    /// <returns>False when no whole frame is here yet.</returns>
    /// <exception cref="ProtocolViolationException">The bytes cannot be cut into frames, or one is too long.</exception>
    public abstract bool TryRead(out ReadOnlySequence<byte> frame);

    /// <summary>Starts a frame: exactly <paramref name="length"/> bytes must then be written to the writer that is returned.</summary>
    /// <param name="length">The frame's length in bytes without any prefix, 6..16,777,215.</param>
    public abstract IBufferWriter<byte> StartFrame(int length);

    /// <summary>Writes a frame for each payload of a run, as if by <see cref="StartFrame"/>.</summary>
    /// <param name="slice">The payloads.</param>
    /// <param name="streamId">The stream that sends them, 1..2^31-1.</param>
    public virtual void WriteRun(in RunSlice slice, int streamId)
    {
        for (int index = slice.First; index < slice.First + slice.Count; index++)
        {
            ReadOnlySpan<byte> data = slice.Run.Data(index);
            PayloadFrame.Write(StartFrame(Frame.HeaderLength + data.Length), streamId, FrameFlags.Next, default, data);
        }
    }

    /// <summary>Hands the frames started since the last flush to the operating system or to the pipe below; waits while that is full.</summary>
    /// <param name="cancellationToken">Ends the wait; the transport is then of no further use.</param>
    /// <exception cref="IOException">The transport failed, or the peer is gone.</exception>
    public abstract ValueTask FlushAsync(CancellationToken cancellationToken);

    /// <summary>Ends the writing direction in order, after everything flushed. Reading goes on until the peer ends too.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public abstract ValueTask CompleteWritingAsync(CancellationToken cancellationToken);

    /// <summary>Drops the connection at once; pending calls fail or end.</summary>
    public abstract void Abort();

    /// <summary>Gives back everything. The loops have ended before.</summary>
    public abstract ValueTask DisposeAsync();
}
