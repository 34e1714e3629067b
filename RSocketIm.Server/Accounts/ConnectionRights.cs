using RSocketIm.Protocol;
using RSocketIm.Server.Contracts;

namespace RSocketIm.Server.Accounts;

/// <summary>Who a connection is, and how long it may ask for anything: when its token's time is over its streams end, and new requests are refused until a newer token is shown.</summary>
/// <remarks>
/// A request and the end may meet: the read loop enters a stream, then asks <see cref="Demand"/>; the clock says it is over,
/// then ends the streams entered. Whichever comes first, no stream outlives the rights.
/// </remarks>
internal sealed class ConnectionRights : IDisposable
{
    private readonly RightsClock? clock; // null: they never end

    /// <summary>Starts the clock, if there is an end.</summary>
    /// <param name="identity">Who, and until when.</param>
    /// <param name="time">The time.</param>
    /// <param name="endStreams">Ends what the connection has open.</param>
    /// <param name="close">Ends the connection.</param>
    /// <param name="isDetached">Whether the connection has no transport, so that nobody can show a newer token: then its end comes without grace.</param>
    public ConnectionRights(Identity identity, TimeProvider time, Action<RSocketException> endStreams, Action close, Func<bool>? isDetached = null)
    {
        User = identity.User;
        if (identity.Expires is { } end)
        {
            clock = new RightsClock(end, time, () => endStreams(Over()), close, isDetached);
        }
    }

    public string User { get; }

    /// <summary>Whether a token could prolong them: not where there was none.</summary>
    public bool CanBeRenewed => clock is not null;

    /// <summary>Whether they are over, now and until a newer token is shown.</summary>
    public bool IsOver => clock is { IsOver: true };

    /// <summary>Lets a request pass.</summary>
    /// <exception cref="RSocketException"><c>unauthenticated</c>.</exception>
    public void Demand()
    {
        if (IsOver)
        {
            throw Over();
        }
    }

    /// <summary>A newer token was shown.</summary>
    public void Renew(DateTimeOffset until) => clock?.Renew(until);

    public void Dispose() => clock?.Dispose();

    private static RSocketException Over() =>
        ContractError.Unauthenticated.ToException("The token's time is over; show a newer one (RSocket: METADATA_PUSH), or connect again.");
}
