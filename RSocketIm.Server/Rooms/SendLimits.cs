using System.Threading.RateLimiting;
using RSocketIm.Server.Diagnostics;

namespace RSocketIm.Server.Rooms;

/// <summary>How many messages a second one user may send to one room: a token bucket each, which holds one second's worth.</summary>
internal sealed class SendLimits : IDisposable
{
    // Refilled ten times a second at most: a timer that fires more often costs more than it smooths.
    private const int RefillsPerSecond = 10;

    private readonly PartitionedRateLimiter<(string User, string Room)>? limiter;
    private readonly int perSecond;
    private readonly LimitMetrics? metrics;

    /// <summary>Creates the limits.</summary>
    public SendLimits(RoomOptions options, LimitMetrics? metrics = null)
    {
        this.metrics = metrics;
        perSecond = options.SendsPerSecond;
        if (perSecond > 0)
        {
            // The buckets of pairs that are quiet are let go by the limiter itself.
            limiter = PartitionedRateLimiter.Create<(string User, string Room), (string User, string Room)>(
                pair => RateLimitPartition.GetTokenBucketLimiter(pair, _ => BucketOf(perSecond)));
        }
    }

    /// <summary>Whether there is a limit at all.</summary>
    public bool AreOn => limiter is not null;

    /// <summary>Takes a token.</summary>
    /// <param name="user">Who sends; a member of the room, so that nobody fills the memory with buckets of rooms that are not there.</param>
    /// <param name="room">The room's id.</param>
    /// <exception cref="Protocol.RSocketException"><c>rate_limited</c>, with the wait.</exception>
    public void Take(string user, string room)
    {
        if (limiter is null)
        {
            return;
        }

        using RateLimitLease lease = limiter.AttemptAcquire((user, room));
        if (!lease.IsAcquired)
        {
            metrics?.Hit(ServerLimit.SendsPerSecond);
            throw Refusal.TooManySends(room, perSecond, lease.TryGetMetadata(MetadataName.RetryAfter, out TimeSpan wait) ? wait : TimeSpan.FromSeconds(1.0 / perSecond));
        }
    }

    /// <inheritdoc />
    public void Dispose() => limiter?.Dispose();

    private static TokenBucketRateLimiterOptions BucketOf(int perSecond)
    {
        int refills = Math.Min(perSecond, RefillsPerSecond);
        return new TokenBucketRateLimiterOptions
        {
            TokenLimit = perSecond,
            TokensPerPeriod = perSecond / refills,
            ReplenishmentPeriod = TimeSpan.FromSeconds((double)(perSecond / refills) / perSecond),
            QueueLimit = 0,
        };
    }
}
