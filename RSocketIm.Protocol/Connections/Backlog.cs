using RSocketIm.Protocol.Streams;

namespace RSocketIm.Protocol.Connections;

/// <summary>The bytes that wait to be written and carry no credit: while they are too many, the connection is not read.</summary>
/// <remarks>Guarded by the connection's gate, save <see cref="IsFull"/> and the waiting.</remarks>
/// <param name="limit">Bytes above which it is full, until half of them are gone.</param>
internal sealed class Backlog(long limit)
{
    private AsyncSignal? readLoop; // most connections never need it
    private TaskCompletionSource? room;
    private long bytes;
    private bool full;

    /// <summary>Whether so much waits that the read loop must pause. Any thread.</summary>
    public bool IsFull => Volatile.Read(ref full);

    /// <summary>Bytes came, or were written. Gate held.</summary>
    public void Changed(long by)
    {
        bytes += by;
        if (!full)
        {
            Volatile.Write(ref full, bytes > limit);
        }
        else if (bytes <= limit / 2)
        {
            Volatile.Write(ref full, false);
            Release();
        }
    }

    /// <summary>Lets all who wait look again. Gate held.</summary>
    public void Release()
    {
        readLoop?.Set();
        room?.TrySetResult();
        room = null;
    }

    /// <summary>From here on a release is remembered for <see cref="WaitAsync"/>. Gate held.</summary>
    public void PrepareWait() => readLoop ??= new AsyncSignal();

    /// <summary>Waits for a release, or returns when there was one since the last wait. One waiter: the read loop, after <see cref="PrepareWait"/>.</summary>
    public ValueTask WaitAsync() => readLoop!.WaitAsync();

    /// <summary>Completes at the next release. Any number of waiters: senders of frames that belong to no stream. Gate held.</summary>
    public Task NextRelease()
    {
        room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return room.Task;
    }
}
