using RSocketIm.Protocol.Frames;

namespace RSocketIm.Protocol.Connections;

/// <summary>The leases this side grants as a responder: sends one, renews it when its time is over, and counts the requests against it.</summary>
/// <remarks>A request without a lease is refused; nothing waits here.</remarks>
internal sealed class LeaseIssuer : IDisposable
{
    private readonly ConnectionCore connection;
    private readonly LeaseOptions offer;
    private readonly Lock sync = new();
    private readonly ITimer renewal;
    private long issuedAt;
    private int left;
    private long ticket;

    /// <summary>Sends the first lease of a link.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="offer">What is granted.</param>
    /// <param name="owed">What was left of the last link's lease: the requests that were lost on the way, and come again now, were made under that one.</param>
    public LeaseIssuer(ConnectionCore connection, LeaseOptions offer, int owed = 0)
    {
        this.connection = connection;
        this.offer = offer;
        TimeProvider time = connection.Options.TimeProvider;
        renewal = time.CreateTimer(static state => ((LeaseIssuer)state!).Issue(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Issue();
        lock (sync)
        {
            left = (int)Math.Min((long)left + owed, int.MaxValue);
        }

        renewal.Change(offer.TimeToLive, offer.TimeToLive);
    }

    /// <summary>What is left of the lease, whether its time is over or not.</summary>
    public int Left
    {
        get
        {
            lock (sync)
            {
                return left;
            }
        }
    }

    /// <summary>Counts one request, fragmented or not.</summary>
    /// <returns>False when the peer holds no lease for it.</returns>
    public bool TryUse()
    {
        lock (sync)
        {
            if (left == 0 || connection.Options.TimeProvider.GetElapsedTime(issuedAt) >= offer.TimeToLive)
            {
                return false;
            }

            left--;
            return true;
        }
    }

    public void Dispose() => renewal.Dispose();

    private void Issue()
    {
        lock (sync)
        {
            left = offer.Requests;
            issuedAt = connection.Options.TimeProvider.GetTimestamp();
        }

        connection.ControlOnce(
            ref ticket,
            LeaseFrame.GetLength(metadataLength: 0),
            offer,
            static (output, lease) => LeaseFrame.Write(output, (int)lease.TimeToLive.TotalMilliseconds, lease.Requests, hasMetadata: false, metadata: default));
    }
}
