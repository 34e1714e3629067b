using System.Buffers;
using System.Net;
using RSocketIm.Protocol.Transports;

namespace RSocketIm.Protocol.Connections.Resumption;

/// <summary>Writes the frames of a session's streams into what it retains, and from there to the transport of the moment.</summary>
/// <remarks>Frames of the connection itself have no position and go around it. Write loop only.</remarks>
internal sealed class RetainingTransport(ResumableSession session, FrameTransport inner) : FrameTransport, IBufferWriter<byte>
{
    private Memory<byte> frame;
    private int written;
    private bool committed = true;

    public override string Description => inner.Description;

    public override EndPoint? RemoteEndPoint => inner.RemoteEndPoint;

    public override IBufferWriter<byte> StartFrame(int length)
    {
        if (!session.TryReserve(length, out frame))
        {
            return inner.StartFrame(length);
        }

        written = 0;
        committed = false;
        return this;
    }

    public void Advance(int count)
    {
        written += count;
        if (written == frame.Length && !committed)
        {
            committed = true;
            inner.StartFrame(written).Write(frame.Span);
            session.Retained.Commit();
        }
    }

    public Memory<byte> GetMemory(int sizeHint = 0) => frame[written..];

    public Span<byte> GetSpan(int sizeHint = 0) => frame.Span[written..];

    public override ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken) => inner.WaitToReadAsync(cancellationToken);

    public override bool TryRead(out ReadOnlySequence<byte> frame) => inner.TryRead(out frame);

    public override ValueTask FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override ValueTask CompleteWritingAsync(CancellationToken cancellationToken) => inner.CompleteWritingAsync(cancellationToken);

    public override void Abort() => inner.Abort();

    public override ValueTask DisposeAsync() => inner.DisposeAsync();
}
