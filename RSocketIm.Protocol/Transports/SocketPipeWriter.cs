using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace RSocketIm.Protocol.Transports;

/// <summary>The sending end of a <see cref="SocketPipe"/>: one array of the shared pool between the first byte and the flush.</summary>
/// <remarks>In one piece, so that a flush is one call of the system, whatever was written.</remarks>
/// <param name="socket">The socket, which does not block.</param>
internal sealed class SocketPipeWriter(Socket socket) : PipeWriter
{
    private const int FirstLength = 1_024;
    private const int LargestFirstLength = 32_768;

    private byte[]? array;
    private int written;
    private int firstLength = FirstLength; // about what the last flush took
    private volatile bool cancelled;

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => written;

    public override void Advance(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, (array?.Length ?? 0) - written);
        written += bytes;
    }

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        MakeRoom(sizeHint);
        return array.AsMemory(written);
    }

    public override Span<byte> GetSpan(int sizeHint = 0)
    {
        MakeRoom(sizeHint);
        return array.AsSpan(written);
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (cancelled)
        {
            cancelled = false;
            return new ValueTask<FlushResult>(new FlushResult(isCanceled: true, isCompleted: false));
        }

        if (written == 0)
        {
            return default;
        }

        int sent = socket.Send(array.AsSpan(0, written), SocketFlags.None, out SocketError error);
        if (error is not (SocketError.Success or SocketError.WouldBlock))
        {
            Return();
            return ValueTask.FromException<FlushResult>(new SocketException((int)error));
        }

        if (error == SocketError.Success && sent == written)
        {
            Return();
            return default;
        }

        return WaitAsync(error == SocketError.Success ? sent : 0, cancellationToken);
    }

    /// <summary>Has the next flush say that it was cancelled; one that waits goes on until the socket is closed.</summary>
    public override void CancelPendingFlush() => cancelled = true;

    /// <summary>Ends the use of the pipe's end; bytes that were not flushed are lost.</summary>
    public override void Complete(Exception? exception = null) => Return();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<FlushResult> WaitAsync(int sent, CancellationToken cancellationToken)
    {
        try
        {
            while (sent < written)
            {
                sent += await socket.SendAsync(array.AsMemory(sent..written), SocketFlags.None, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            Return();
        }

        return default;
    }

    private void MakeRoom(int sizeHint)
    {
        int least = written + Math.Max(1, sizeHint);
        if (array is null)
        {
            array = ArrayPool<byte>.Shared.Rent(Math.Max(firstLength, least));
        }
        else if (least > array.Length)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(2 * array.Length, least));
            array.AsSpan(0, written).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(array);
            array = larger;
        }
    }

    private void Return()
    {
        if (array is not null)
        {
            firstLength = Math.Clamp(written, FirstLength, LargestFirstLength);
            ArrayPool<byte>.Shared.Return(array);
            array = null;
            written = 0;
        }
    }
}
