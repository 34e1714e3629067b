namespace RSocketIm.Server.Accounts;

/// <summary>The end of a connection's rights, which a newer token moves: first its streams end, and a grace later the connection.</summary>
internal sealed class RightsClock : IDisposable
{
    /// <summary>How long a connection whose token's time is over may wait for a newer one before it is closed.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromMinutes(1);

    // A timer knows nothing of a wall clock that is set while it runs, and a token's end is a time of the wall clock.
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    private readonly Lock gate = new();
    private readonly TimeProvider time;
    private readonly Action endStreams;
    private readonly Action close;
    private readonly Func<bool>? isDetached;
    private readonly ITimer timer;
    private DateTimeOffset expires;
    private volatile bool isOver;
    private bool isDisposed;

    /// <summary>Starts it.</summary>
    /// <param name="expires">When the rights end.</param>
    /// <param name="time">The time.</param>
    /// <param name="endStreams">Ends what the connection has open.</param>
    /// <param name="close">Ends the connection.</param>
    /// <param name="isDetached">Whether nobody can show a newer token: then there is no grace.</param>
    public RightsClock(DateTimeOffset expires, TimeProvider time, Action endStreams, Action close, Func<bool>? isDetached)
    {
        this.expires = expires;
        this.time = time;
        this.endStreams = endStreams;
        this.close = close;
        this.isDetached = isDetached;
        timer = time.CreateTimer(static state => ((RightsClock)state!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Schedule(expires);
    }

    /// <summary>Whether they are over, now and until a newer token is shown.</summary>
    public bool IsOver => isOver;

    /// <summary>A newer token was shown.</summary>
    public void Renew(DateTimeOffset until)
    {
        lock (gate)
        {
            if (!isDisposed && until > expires)
            {
                expires = until;
                isOver = false;
                Schedule(until);
            }
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            isDisposed = true;
            timer.Dispose();
        }
    }

    private void Look()
    {
        bool ends = false;
        lock (gate)
        {
            DateTimeOffset now = time.GetUtcNow();
            if (isDisposed)
            {
                return;
            }

            if (now < expires)
            {
                isOver = false; // it was not: the clock was wrong then, or is now
                Schedule(expires);
                return;
            }

            if (!isOver)
            {
                isOver = true;
                ends = true;
                timer.Change(Grace, Timeout.InfiniteTimeSpan);
            }
        }

        if (ends && isDetached?.Invoke() != true)
        {
            endStreams();
        }
        else
        {
            close();
        }
    }

    // Rounded up: a timer that fires a moment early would only be set again.
    private void Schedule(DateTimeOffset at)
    {
        TimeSpan wait = at - time.GetUtcNow();
        wait = wait > LongestWait ? LongestWait : wait < TimeSpan.Zero ? TimeSpan.Zero : TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds));
        timer.Change(wait, Timeout.InfiniteTimeSpan);
    }
}
