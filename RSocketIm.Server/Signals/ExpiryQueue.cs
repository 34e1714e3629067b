namespace RSocketIm.Server.Signals;

/// <summary>Calls back for each item a fixed time after it was added; one timer for all, for items fall due in the order they came.</summary>
/// <typeparam name="T">What expires.</typeparam>
internal sealed class ExpiryQueue<T> : IDisposable
{
    private readonly Queue<(long Added, T Item)> items = new();
    private readonly TimeProvider time;
    private readonly TimeSpan delay;
    private readonly Action<T> expired;
    private readonly ITimer timer;

    /// <summary>Creates an empty queue.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="delay">Time from adding to the call, more than zero.</param>
    /// <param name="expired">Called outside of any lock.</param>
    public ExpiryQueue(TimeProvider time, TimeSpan delay, Action<T> expired)
    {
        this.time = time;
        this.delay = delay;
        this.expired = expired;
        timer = time.CreateTimer(_ => ExpireDue(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Items that have not expired.</summary>
    public int Count
    {
        get
        {
            lock (items)
            {
                return items.Count;
            }
        }
    }

    /// <summary>Adds an item.</summary>
    public void Add(T item)
    {
        lock (items)
        {
            items.Enqueue((time.GetTimestamp(), item));
            if (items.Count == 1)
            {
                timer.Change(delay, Timeout.InfiniteTimeSpan);
            }
        }
    }

    /// <inheritdoc />
    public void Dispose() => timer.Dispose();

    private void ExpireDue()
    {
        foreach (T item in TakeDue())
        {
            expired(item);
        }
    }

    private List<T> TakeDue()
    {
        List<T> due = [];
        lock (items)
        {
            while (items.TryPeek(out (long Added, T Item) next))
            {
                TimeSpan left = delay - time.GetElapsedTime(next.Added);
                if (left > TimeSpan.Zero)
                {
                    // Rounded up: a timer counts milliseconds, and a zero would fire in a circle.
                    timer.Change(TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds)), Timeout.InfiniteTimeSpan);
                    break;
                }

                due.Add(items.Dequeue().Item);
            }
        }

        return due;
    }
}
