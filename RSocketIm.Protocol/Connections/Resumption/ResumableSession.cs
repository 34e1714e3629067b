using System.Buffers;
using System.Buffers.Binary;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Transports;

namespace RSocketIm.Protocol.Connections.Resumption;

/// <summary>What a connection needs to outlive its transport: positions of both directions, the frames not yet acknowledged, and the change from one link to the next.</summary>
/// <remarks>
/// <para>Streams, credit and half-assembled payloads stay where they are, in the connection; there is nothing to save or
/// restore. Fields are guarded by the connection's gate unless said otherwise.</para>
/// <para>A link is lost (<see cref="ConnectionCore.TryLoseLink"/>), its loops end, the session is parked; then it gets a
/// new link or ends with its connection.</para>
/// </remarks>
#pragma warning disable CA1001 // A SemaphoreSlim whose wait handle nobody asks for holds nothing that needs disposing.
internal sealed class ResumableSession
#pragma warning restore CA1001
{
    private readonly ConnectionCore connection;
    private readonly IResumeSide side;
    private readonly int softBytes;
    private TaskCompletionSource parked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource<bool>? nextLink;   // not null: parked
    private long received;
    private long replayOkPosition = -1;             // RESUME_OK to be written first; write loop
    private bool replaying;                         // write loop
    private long probedAt;
    private bool probeIsOut;
    private volatile bool isLost;
    private int claim;                              // 1: whoever set it decides what becomes of the parked session; Interlocked

    public ResumableSession(ConnectionCore connection, ReadOnlyMemory<byte> token, ResumeOptions options, IResumeSide side)
    {
        this.connection = connection;
        this.side = side;
        Token = token;
        softBytes = options.MaxSessionBytes;
        Retained = new RetainedFrames(side);
    }

    /// <summary>What the client knows the session by; never logged.</summary>
    public ReadOnlyMemory<byte> Token { get; }

    public ConnectionCore Connection => connection;

    public RetainedFrames Retained { get; }

    /// <summary>Turns of RESUME: one at a time takes the session.</summary>
    public SemaphoreSlim Turn { get; } = new(1, 1);

    /// <summary>Completes when the SETUP was accepted (true) or refused.</summary>
    public TaskCompletionSource<bool> Accepted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Asks the application whether the session may go on; null: it may.</summary>
    public Func<bool>? MayResume { get; set; }

    /// <summary>Position of the peer's direction: how much of its streams' frames has been dispatched. Any thread.</summary>
    public long ReceivedPosition => Volatile.Read(ref received);

    /// <summary>Whether frames are kept; once false, for good, the connection lives no longer than its transport. Any thread.</summary>
    public bool IsLost => isLost;

    /// <summary>Whether the streams wait until the peer has acknowledged something. Write loop.</summary>
    public bool IsFull => !isLost && Retained.Unacknowledged >= softBytes;

    /// <summary>Whether it is time to ask the peer how far it is, rather than wait for its own KEEPALIVE.</summary>
    public bool WantsPosition => !isLost && !probeIsOut && Retained.Sent - Math.Max(probedAt, Retained.First) >= softBytes / 2;

    /// <summary>Whether there is no transport and one is waited for. Any thread.</summary>
    public bool IsParked => Volatile.Read(ref nextLink) is not null;

    /// <summary>Counts a frame that has been dispatched. Read loop.</summary>
    public void FrameReceived(int streamId, long length)
    {
        if (streamId != 0)
        {
            Volatile.Write(ref received, received + length);
        }
    }

    /// <summary>Makes room for a frame of a stream; no gate needed. Write loop.</summary>
    /// <returns>False when the frame is not to be kept.</returns>
    public bool TryReserve(int length, out Memory<byte> room)
    {
        room = default;
        if (isLost)
        {
            return false;
        }

        if (Retained.Unacknowledged + length > 2L * softBytes + connection.MaxOutboundFrameLength)
        {
            Lose("the peer acknowledges too little of what it is sent");
            return false;
        }

        if (Retained.TryReserve(length, out room))
        {
            return true;
        }

        Lose("there is no memory for unacknowledged frames");
        return false;
    }

    /// <summary>The data of a KEEPALIVE that asks for the peer's position: ours, by which the answer is known.</summary>
    public byte[] StartProbe()
    {
        probeIsOut = true;
        probedAt = Retained.Sent;
        byte[] data = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(data, probedAt);
        return data;
    }

    /// <summary>A KEEPALIVE said how far the peer has received. Read loop.</summary>
    /// <param name="frame">The KEEPALIVE.</param>
    public void PeerReceived(in KeepAliveFrame frame)
    {
        long position = frame.LastReceivedPosition;
        if (isLost)
        {
            return;
        }

        if (position > Retained.First && !Retained.TryDropTo(position))
        {
            Lose("the peer claims to have received what is not the end of a frame that was sent");
            return;
        }

        lock (connection.Gate)
        {
            if (probeIsOut && IsAnswer(frame))
            {
                probeIsOut = false;
                if (position < probedAt && Retained.Unacknowledged >= softBytes)
                {
                    // It has read everything up to our question and still acknowledges less: it does not count, and would stand still for ever.
                    Lose("the peer does not count what it receives");
                }
            }

            connection.Wake();
        }
    }

    /// <summary>Stops keeping anything. The connection goes on, as long as its transport does.</summary>
    public void Lose(string reason)
    {
        if (!isLost)
        {
            isLost = true;
            Retained.GiveUp();
            side.GivenUp(this);
            side.Lost(this, reason);
            connection.Wake(); // streams that waited for an acknowledgement wait no more
        }
    }

    /// <summary>Frees everything: the connection is over, or refused.</summary>
    public void End()
    {
        isLost = true;
        Retained.GiveUp();
        side.GivenUp(this);
        Accepted.TrySetResult(false);
    }

    /// <summary>Takes the right to end a parked session, or to continue it: a session that is being evicted must not go on with half of its frames.</summary>
    public bool TryClaim() => Interlocked.Exchange(ref claim, 1) == 0;

    /// <summary>Gives the transport back after its loops are over, and waits for the next. The connection's life.</summary>
    /// <returns>False when there will be none.</returns>
    public async Task<bool> NextLinkAsync()
    {
        Link old = connection.Link;
        await old.DisposeTransportAsync().ConfigureAwait(false);
        old.SetEnded();

        Task<bool> next;
        lock (connection.Gate)
        {
            if (isLost || connection.State != ConnectionState.Open)
            {
                return false;
            }

            Volatile.Write(ref claim, 0);
            nextLink = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            next = nextLink.Task;
            parked.TrySetResult();
        }

        side.Parked(this);
        return await next.ConfigureAwait(false);
    }

    /// <summary>Completes when the session waits for a link, or never will again.</summary>
    public Task WhenParkedAsync()
    {
        lock (connection.Gate)
        {
            return parked.Task;
        }
    }

    /// <summary>Goes on over another transport, from the last acknowledged frame on.</summary>
    /// <param name="link">The transport; nobody reads or writes it.</param>
    /// <param name="sayOk">Whether RESUME_OK goes first.</param>
    /// <returns>False when the session is over; the link is the caller's still.</returns>
    public bool TryContinue(Link link, bool sayOk)
    {
        TaskCompletionSource<bool> waiting;
        lock (connection.Gate)
        {
            if (nextLink is null || !TryClaim() || isLost || !connection.TryUse(link, new RetainingTransport(this, link.Transport)))
            {
                return false;
            }

            waiting = nextLink;
            nextLink = null;
            parked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            replayOkPosition = sayOk ? ReceivedPosition : -1;
            replaying = true;
            probeIsOut = false;
            probedAt = Retained.First;
            Retained.Rewind();
        }

        side.Resumed(this);
        waiting.SetResult(true);
        return true;
    }

    /// <summary>The connection closes: nobody needs to wait any more. Gate held.</summary>
    public void Closing()
    {
        nextLink?.TrySetResult(false);
        nextLink = null;
        parked.TrySetResult();
    }

    /// <summary>On a new link, writes RESUME_OK and what the peer has not received, one batch at a time. Write loop.</summary>
    /// <returns>Whether something was written, so that a flush and another call are due.</returns>
    public bool WriteReplay(FrameTransport transport, int batchBytes)
    {
        if (!replaying)
        {
            return false;
        }

        if (replayOkPosition >= 0)
        {
            ResumeOkFrame.Write(transport.StartFrame(ResumeOkFrame.GetLength()), replayOkPosition);
            replayOkPosition = -1;
        }

        int written = 0;
        while (written < batchBytes)
        {
            int length = Retained.CopyNext(transport);
            if (length == 0)
            {
                replaying = false;
                break;
            }

            written += length;
        }

        return true;
    }

    private bool IsAnswer(in KeepAliveFrame frame)
    {
        if (frame.Respond || frame.Data.Length != sizeof(long))
        {
            return false;
        }

        Span<byte> data = stackalloc byte[sizeof(long)];
        frame.Data.CopyTo(data);
        return BinaryPrimitives.ReadInt64BigEndian(data) == probedAt;
    }
}
