using RSocketIm.Protocol;
using RSocketIm.Server.Contracts;

namespace RSocketIm.Server.Accounts;

/// <summary>How long one connection may ask for anything: when its token's time is over its streams end, and new requests are refused until a newer token is shown.</summary>
/// <remarks>
/// A request and the end may meet: the read loop enters a stream, then asks <see cref="Demand"/>; the timer says it is over,
/// then ends the streams entered. Whichever comes first, no stream outlives the rights.
/// </remarks>
internal sealed class ConnectionRights : IDisposable
{
    /// <summary>How long a connection whose token's time is over may wait for a newer one before it is closed.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromMinutes(1);

    // A timer knows nothing of a wall clock that is set while it runs, and a token's end is a time of the wall clock.
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    private readonly Lock? gate; // as the rest: null when they never end
    private readonly TimeProvider time;
    private readonly Action<RSocketException>? endStreams; // null: they never end
    private readonly Action? close;
    private readonly Func<bool>? isDetached;
    private readonly ITimer? timer;
    private DateTimeOffset expires;
    private volatile bool isOver;
    private bool isDisposed;

    /// <summary>Starts the clock.</summary>
    /// <param name="identity">Who, and until when.</param>
    /// <param name="time">The clock.</param>
    /// <param name="endStreams">Ends what the connection has open.</param>
    /// <param name="close">Ends the connection.</param>
    /// <param name="isDetached">Whether the connection has no transport, so that nobody can show a newer token: then its end comes without grace.</param>
    public ConnectionRights(Identity identity, TimeProvider time, Action<RSocketException> endStreams, Action close, Func<bool>? isDetached = null)
    {
        this.time = time;
        User = identity.User;
        if (identity.Expires is { } end)
        {
            this.endStreams = endStreams;
            this.close = close;
            this.isDetached = isDetached;
            gate = new Lock();
            expires = end;
            timer = time.CreateTimer(static state => ((ConnectionRights)state!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            Schedule(end);
        }
    }

    public string User { get; }

    /// <summary>Whether a token could prolong them: not where there was none.</summary>
    public bool CanBeRenewed => timer is not null;

    /// <summary>Whether they are over, now and until a newer token is shown.</summary>
    public bool IsOver => isOver;

    /// <summary>Lets a request pass.</summary>
    /// <exception cref="RSocketException"><c>unauthenticated</c>.</exception>
    public void Demand()
    {
        if (isOver)
        {
            throw Over();
        }
    }

    /// <summary>A newer token was shown.</summary>
    public void Renew(DateTimeOffset until)
    {
        if (gate is null)
        {
            return;
        }

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
        if (gate is null)
        {
            return;
        }

        lock (gate)
        {
            isDisposed = true;
            timer!.Dispose();
        }
    }

    private static RSocketException Over() =>
        ContractError.Unauthenticated.ToException("The token's time is over; show a newer one (RSocket: METADATA_PUSH), or connect again.");

    private void Look()
    {
        bool ends = false;
        lock (gate!)
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
                timer!.Change(Grace, Timeout.InfiniteTimeSpan);
            }
        }

        if (ends && isDetached?.Invoke() != true)
        {
            endStreams!(Over());
        }
        else
        {
            close!();
        }
    }

    // Rounded up: a timer that fires a moment early would only be set again.
    private void Schedule(DateTimeOffset at)
    {
        TimeSpan wait = at - time.GetUtcNow();
        wait = wait > LongestWait ? LongestWait : wait < TimeSpan.Zero ? TimeSpan.Zero : TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds));
        timer!.Change(wait, Timeout.InfiniteTimeSpan);
    }
}
