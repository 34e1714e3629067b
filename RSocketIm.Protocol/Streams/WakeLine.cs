using System.Collections.Concurrent;

namespace RSocketIm.Protocol.Streams;

/// <summary>Where waiters that have been woken stand until a thread of the pool lets them go on, a few at a time.</summary>
/// <remarks>
/// A commit may wake ten thousand connections. As ten thousand items in the pool's own queue they would go before everything
/// that comes meanwhile: what other clients send, and the very commits that would make their next flush larger. Here they
/// are one item, which goes back to the end of the pool's queue after a few of them.
/// </remarks>
internal sealed class WakeLine : IThreadPoolWorkItem
{
    // Each is a flush, about 20 µs: long enough to be worth a place in the pool's queue, short enough for who stands behind.
    private const int Turns = 16;

    private readonly ConcurrentQueue<AsyncSignal> line = new();
    private int scheduled;

    /// <summary>The one of this process.</summary>
    public static WakeLine Shared { get; } = new();

    /// <summary>Whether somebody stands in it.</summary>
    public bool IsBusy => !line.IsEmpty;

    /// <summary>Has a waiter go on soon, on a thread of the pool.</summary>
    public void Add(AsyncSignal signal)
    {
        line.Enqueue(signal);
        Schedule();
    }

    void IThreadPoolWorkItem.Execute()
    {
        // First of all: a thread that has one more to run may run it beside this one, which may meet a source that blocks.
        Interlocked.Exchange(ref scheduled, 0);
        for (int turn = 0; turn < Turns && line.TryDequeue(out AsyncSignal? signal); turn++)
        {
            if (turn == 0 && !line.IsEmpty)
            {
                Schedule();
            }

            signal.Run();
        }

        if (!line.IsEmpty)
        {
            Schedule();
        }
    }

    private void Schedule()
    {
        if (Interlocked.Exchange(ref scheduled, 1) == 0)
        {
            // Not to the thread's own queue: that one is served last in, first out, and would overtake the rest.
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }
}
