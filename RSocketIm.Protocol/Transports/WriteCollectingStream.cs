using System.Buffers;

namespace RSocketIm.Protocol.Transports;

/// <summary>Stands between a WebSocket and its socket: keeps the messages of a batch until <see cref="FlushCollectedAsync"/>, then writes them in one piece.</summary>
/// <remarks>
/// A WebSocket writes every message at once; with hundreds of small messages in a batch that is hundreds of system calls.
/// Two threads write: the write loop, within a batch, and the pong or close with which the WebSocket answers what it reads,
/// at any time. The latter must go out although the write loop may have nothing to flush for minutes, so outside a batch
/// a write goes straight to the socket.
/// </remarks>
public sealed class WriteCollectingStream : Stream
{
    private readonly Stream inner;
    private readonly SemaphoreSlim writing = new(1, 1); // one write to the socket at a time
    private readonly Lock sync = new();
    private PooledBufferWriter collected = new();
    private PooledBufferWriter spare = new();
    private bool inBatch;

    /// <summary>Creates the stream.</summary>
    /// <param name="inner">The socket's stream; not disposed with this one when the owner keeps it.</param>
    public WriteCollectingStream(Stream inner) => this.inner = inner;

    /// <inheritdoc/>
    public override bool CanRead => inner.CanRead;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>From now on writes are kept, until <see cref="FlushCollectedAsync"/>.</summary>
    public void BeginBatch()
    {
        lock (sync)
        {
            inBatch = true;
        }
    }

    /// <summary>Ends the batch and writes everything collected to the socket; waits while the socket is full.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask FlushCollectedAsync(CancellationToken cancellationToken)
    {
        await writing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            PooledBufferWriter full;
            lock (sync)
            {
                // A pong either got in before this and goes out now, or sees that the batch is over and writes by itself.
                inBatch = false;
                full = collected;
                collected = spare;
                spare = full;
            }

            if (!full.WrittenMemory.IsEmpty)
            {
                await inner.WriteAsync(full.WrittenMemory, cancellationToken).ConfigureAwait(false);
                await inner.FlushAsync(cancellationToken).ConfigureAwait(false);
            }

            full.Reset();
        }
        finally
        {
            writing.Release();
        }
    }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        lock (sync)
        {
            collected.Write(buffer.Span);
            if (inBatch)
            {
                return ValueTask.CompletedTask;
            }
        }

        return FlushCollectedAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("A WebSocket writes asynchronously.");

    /// <inheritdoc/>
    public override void Flush()
    {
        // The WebSocket flushes after each message; the batch is flushed by FlushCollectedAsync.
    }

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => inner.ReadAsync(buffer, cancellationToken);

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        inner.ReadAsync(buffer, offset, count, cancellationToken);

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
            writing.Dispose();
        }

        base.Dispose(disposing);
    }
}
