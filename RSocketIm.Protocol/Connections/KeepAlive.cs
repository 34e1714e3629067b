using RSocketIm.Protocol.Connections.Resumption;
using RSocketIm.Protocol.Frames;

namespace RSocketIm.Protocol.Connections;

/// <summary>Shows the peer that this side lives, and notices when the peer does not.</summary>
/// <remarks>
/// <para>Both sides send KEEPALIVE with the respond flag at the interval of SETUP, and both count any frame as a sign of
/// life: rsocket-js stops sending its own after it has resumed, but still answers (the spec speaks of KEEPALIVE frames).</para>
/// <para>Time that this side did not run, because its process was stopped, its machine was overloaded or its threads were
/// all busy, is not held against the peer: what the peer sent meanwhile may lie unread before us.</para>
/// <para>While the read loop pauses because the peer does not read its answers, silence proves nothing and is not
/// counted; TCP finds a peer that is gone by the data it does not acknowledge.</para>
/// </remarks>
internal sealed class KeepAlive : IDisposable
{
    /// <summary>The shortest interval at which this side sends, whatever the peer asked for: 100 ms.</summary>
    public static readonly TimeSpan MinInterval = TimeSpan.FromMilliseconds(100);

    private readonly ConnectionCore connection;
    private readonly Link link;
    private readonly TimeProvider time;
    private readonly TimeSpan maxLifetime;
    private readonly TimeSpan period;
    private readonly ITimer timer;
    private long lastFrameAt;
    private long lastTickAt;
    private long ticket;

    public KeepAlive(ConnectionCore connection, ConnectionSetup setup)
    {
        this.connection = connection;
        link = connection.Link;
        time = connection.Options.TimeProvider;
        maxLifetime = setup.MaxLifetime;
        lastFrameAt = lastTickAt = time.GetTimestamp();
        TimeSpan interval = setup.KeepAliveInterval < MinInterval ? MinInterval : setup.KeepAliveInterval;

        // A lifetime shorter than the interval is legal, if unwise; it is looked at in time all the same.
        period = setup.MaxLifetime < interval ? (setup.MaxLifetime < MinInterval ? MinInterval : setup.MaxLifetime) : interval;
        timer = time.CreateTimer(static state => ((KeepAlive)state!).Tick(), this, period, period);
    }

    /// <summary>Bytes came from the peer. Read loop.</summary>
    public void FrameReceived() => Volatile.Write(ref lastFrameAt, time.GetTimestamp());

    /// <summary>Answers a KEEPALIVE that asks for it. Read loop.</summary>
    public void Received(in KeepAliveFrame frame)
    {
        connection.Session?.PeerReceived(frame);
        if (!frame.Respond)
        {
            return;
        }

        // Echoed byte for byte: copied into the lane, which counts as backlog until it is written.
        connection.Control(
            KeepAliveFrame.GetLength((int)frame.Data.Length),
            (connection.Session, frame.Data),
            static (output, echo) => KeepAliveFrame.Write(output, respond: false, echo.Session?.ReceivedPosition ?? 0, echo.Data));
    }

    public void Dispose() => timer.Dispose();

    private void Tick()
    {
        ForgiveLateness();
        if (connection.IsBacklogFull)
        {
            FrameReceived();
            return;
        }

        TimeSpan silence = time.GetElapsedTime(Volatile.Read(ref lastFrameAt));
        if (silence >= maxLifetime)
        {
            ConnectionLog.PeerSilent(connection.Logger, connection.Transport.Description, silence);
            if (connection.TryLoseLink(link, new IOException("The peer was silent for too long.")))
            {
                return;
            }

            string message = $"No frame came for {(long)silence.TotalMilliseconds} ms; the lifetime is {(long)maxLifetime.TotalMilliseconds} ms.";
            connection.BeginClose(ErrorCode.ConnectionError, message, new RSocketException(ErrorCode.ConnectionError, message));
            return;
        }

        connection.ControlOnce(
            ref ticket,
            KeepAliveFrame.GetLength(0),
            connection.Session,
            static (output, session) => KeepAliveFrame.Write(output, respond: true, session?.ReceivedPosition ?? 0, ReadOnlySpan<byte>.Empty));
    }

    // A tick that comes late shows that nothing ran here, the read loop included.
    private void ForgiveLateness()
    {
        long now = time.GetTimestamp();
        TimeSpan late = time.GetElapsedTime(Interlocked.Exchange(ref lastTickAt, now), now) - period;
        if (late > TimeSpan.Zero)
        {
            long heard = Volatile.Read(ref lastFrameAt);
            long forgiven = Math.Min(now, heard + (long)(late.TotalSeconds * time.TimestampFrequency));
            Interlocked.CompareExchange(ref lastFrameAt, forgiven, heard); // unless a frame came just now
        }
    }
}
