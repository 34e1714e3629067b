namespace RSocketIm.Protocol.Streams;

/// <summary>
/// Has everything that becomes ready on this thread, until the batch is disposed, wake its connection once, at the end: a
/// commit that answers ten senders of one connection, or grows the logs of ten of its feeds, costs one flush and not ten.
/// </summary>
/// <remarks>
/// <para>Sources say <see cref="PayloadSource.SignalReady"/> and handlers answer as ever; only the write loops start later. Keep a
/// batch short, and do not wait inside for something to be written: it would wait for the batch's own end.</para>
/// <para>Batches on one thread may be nested; the outermost counts. The end belongs to the thread of the start, which the
/// compiler sees to: a ref struct does not live across an await.</para>
/// </remarks>
public ref struct WakeBatch
{
    [ThreadStatic]
    private static List<AsyncSignal>? held;

    [ThreadStatic]
    private static int depth;

    [ThreadStatic]
    private static AsyncSignal? own;

    private bool started;

    /// <summary>Begins a batch on this thread.</summary>
    public static WakeBatch Start()
    {
        depth++;
        return new WakeBatch { started = true };
    }

    /// <summary>Has this thread go on, at the end of its batch, with what one waiter does, instead of leaving that to another thread.</summary>
    /// <param name="signal">Its signal. One a batch; nothing happens when it is not woken.</param>
    internal static void GoOnWith(AsyncSignal signal) => own = depth > 0 ? signal : null;

    /// <summary>Wakes every connection that has something to write since the start. A second call does nothing.</summary>
    public void Dispose()
    {
        if (!started)
        {
            return;
        }

        started = false;
        if (--depth > 0)
        {
            return;
        }

        AsyncSignal? mine = own;
        own = null;
        if (held is not { Count: > 0 } signals)
        {
            return;
        }

        bool isMineHeld = false;
        foreach (AsyncSignal signal in signals)
        {
            if (ReferenceEquals(signal, mine))
            {
                isMineHeld = true;
            }
            else
            {
                signal.Release();
            }
        }

        signals.Clear();
        if (isMineHeld)
        {
            mine!.ReleaseHere();
        }
    }

    /// <summary>Remembers a signal until the end of this thread's batch.</summary>
    /// <returns>False when there is no batch.</returns>
    internal static bool TryHold(AsyncSignal signal)
    {
        if (depth == 0)
        {
            return false;
        }

        if (signal.TryHold())
        {
            (held ??= []).Add(signal);
        }

        return true;
    }
}
