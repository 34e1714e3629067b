using System.Buffers;
using System.IO.Pipelines;

namespace RSocketIm.Server.Gateways.Http;

/// <summary>The body of a response for a writer that flushes after every piece: it only counts, and whoever knows what comes next flushes.</summary>
internal sealed class UnflushedBody(PipeWriter body) : Stream
{
    /// <summary>Bytes written since the last flush.</summary>
    public int Unflushed { get; private set; }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>Has the socket take what was written, and waits while it is full.</summary>
    public ValueTask FlushAllAsync(CancellationToken cancellationToken) => Unflushed == 0 ? ValueTask.CompletedTask : StartAsync(cancellationToken);

    /// <summary>The same, and the headers also when there is nothing behind them yet.</summary>
    /// <exception cref="OperationCanceledException">The client has gone, or the wait was ended.</exception>
    public async ValueTask StartAsync(CancellationToken cancellationToken)
    {
        Unflushed = 0;
        FlushResult result = await body.FlushAsync(cancellationToken).ConfigureAwait(false);
        if (result.IsCompleted || result.IsCanceled)
        {
            throw new OperationCanceledException("The client has gone.");
        }
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        body.Write(buffer);
        Unflushed += buffer.Length;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        Write(buffer.AsSpan(offset, count));
        return Task.CompletedTask;
    }

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
