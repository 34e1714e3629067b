using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace RSocketIm.Protocol.Transports;

/// <summary>The receiving end of a <see cref="SocketPipe"/>: one array of the shared pool while there are bytes, none while it waits for the first.</summary>
/// <remarks>
/// A wait without memory costs a call of the system more, to fetch what it announces. Who sends again and again is waited for with a few bytes, which
/// hold a REQUEST_N, a KEEPALIVE or a short request.
/// </remarks>
/// <param name="socket">The socket, which does not block.</param>
internal sealed class SocketPipeReader(Socket socket) : PipeReader
{
    private const int FirstLength = 4_096;
    private const int LargestFirstLength = 65_536;

    // Who has sent so often is waited for with so many bytes.
    private const int OftenFrom = 8;
    private const int FewLength = 64;

    private byte[]? array;
    private byte[]? few; // of a wait
    private int arrivals; // no more are counted than OftenFrom
    private int start; // of what was received and not consumed
    private int end;
    private int firstLength = FirstLength; // of the array for what comes next
    private bool examined; // all of it, so that the next read waits for more
    private bool drained;  // the last receive took less than there was room for: the socket has no more
    private bool ended;    // the peer's direction
    private volatile bool cancelled;

    private ReadOnlySequence<byte> Unconsumed => array is null ? ReadOnlySequence<byte>.Empty : new ReadOnlySequence<byte>(array, start, end - start);

    public override bool TryRead(out ReadResult result)
    {
        bool isCancelled = cancelled;
        cancelled = false;
        bool has = isCancelled || ended || (end > start && !examined);
        result = has ? new ReadResult(Unconsumed, isCancelled, ended) : default;
        return has;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        ReadResult result;
        while (!TryRead(out result))
        {
            if (!drained && Receive())
            {
                continue;
            }

            ReturnIfEmpty();
            if (array is null && arrivals == OftenFrom)
            {
                few ??= new byte[FewLength];
                int received = await socket.ReceiveAsync(few, SocketFlags.None, cancellationToken).ConfigureAwait(false);
                MakeRoom();
                few.AsSpan(0, received).CopyTo(array);
                Received(received, FewLength);
                if (!drained)
                {
                    Receive(); // in one read with what did not fit
                }

                continue;
            }

            // A receive of nothing waits without memory, and says when there is something.
            await socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None, cancellationToken).ConfigureAwait(false);
            drained = false;
            arrivals = Math.Min(arrivals + 1, OftenFrom);
        }

        return result;
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (array is null)
        {
            return;
        }

        start = consumed.GetInteger();
        this.examined = examined.GetInteger() == end;
        if (start == end && drained)
        {
            ReturnIfEmpty();
        }
    }

    /// <summary>Has the next read say that it was cancelled; one that waits goes on until the socket is closed.</summary>
    public override void CancelPendingRead() => cancelled = true;

    public override void Complete(Exception? exception = null)
    {
        ended = true;
        start = end;
        ReturnIfEmpty();
    }

    // False: there is nothing now.
    private bool Receive()
    {
        MakeRoom();
        Span<byte> room = array.AsSpan(end);
        int received = socket.Receive(room, SocketFlags.None, out SocketError error);
        switch (error)
        {
            case SocketError.Success:
                Received(received, room.Length);
                return true;
            case SocketError.WouldBlock:
                drained = true;
                return false;
            default:
                throw new SocketException((int)error);
        }
    }

    // Behind what was there, where there was room for so many.
    private void Received(int count, int room)
    {
        end += count;
        drained = count < room;
        examined = false;
        if (count == 0)
        {
            ended = true;
            ReturnIfEmpty();
        }
    }

    private void MakeRoom()
    {
        if (array is null)
        {
            array = ArrayPool<byte>.Shared.Rent(firstLength);
            start = end = 0;
        }
        else if (start == end)
        {
            start = end = 0;
        }
        else if (end == array.Length)
        {
            // What is there is the beginning of something longer.
            byte[] larger = start > 0 ? array : ArrayPool<byte>.Shared.Rent(2 * array.Length);
            array.AsSpan(start..end).CopyTo(larger);
            (start, end) = (0, end - start);
            if (larger != array)
            {
                ArrayPool<byte>.Shared.Return(array);
                array = larger;
            }
        }
    }

    private void ReturnIfEmpty()
    {
        if (array is not null && start == end)
        {
            // Who sends much at a time is read much at a time.
            int length = end == array.Length ? 2 * array.Length : end < array.Length / 4 ? array.Length / 2 : array.Length;
            firstLength = Math.Clamp(length, FirstLength, LargestFirstLength);
            ArrayPool<byte>.Shared.Return(array);
            array = null;
            start = end = 0;
        }
    }
}
