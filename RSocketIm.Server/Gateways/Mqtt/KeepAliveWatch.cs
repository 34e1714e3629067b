namespace RSocketIm.Server.Gateways.Mqtt;

/// <summary>Ends a connection from which nothing came for one and a half times its keep alive (MQTT 5.0, 3.1.2.10).</summary>
/// <remarks>Time in which this side did not read is not held against the client.</remarks>
internal sealed class KeepAliveWatch : IDisposable
{
    private readonly TimeProvider time;
    private readonly TimeSpan patience;
    private readonly Action expired;
    private readonly ITimer? timer;
    private long heard;
    private volatile bool isReading;

    /// <summary>Starts the clock.</summary>
    /// <param name="keepAlive">Seconds; 0: it never ends.</param>
    /// <param name="time">The clock.</param>
    /// <param name="expired">Called when it is over, maybe more than once.</param>
    public KeepAliveWatch(int keepAlive, TimeProvider time, Action expired)
    {
        this.time = time;
        this.expired = expired;
        patience = TimeSpan.FromSeconds(keepAlive * 1.5);
        heard = time.GetTimestamp();
        if (keepAlive > 0)
        {
            timer = time.CreateTimer(static state => ((KeepAliveWatch)state!).Look(), this, patience, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>This side begins to wait for bytes.</summary>
    public void BeginReading()
    {
        Volatile.Write(ref heard, time.GetTimestamp());
        isReading = true;
    }

    /// <summary>Bytes came.</summary>
    public void EndReading()
    {
        isReading = false;
        Volatile.Write(ref heard, time.GetTimestamp());
    }

    public void Dispose() => timer?.Dispose();

    private void Look()
    {
        TimeSpan left = patience - time.GetElapsedTime(Volatile.Read(ref heard));
        if (left <= TimeSpan.Zero && isReading)
        {
            expired();
            return;
        }

        left = left > TimeSpan.Zero ? left : patience;
        timer!.Change(TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds)), Timeout.InfiniteTimeSpan);
    }
}
