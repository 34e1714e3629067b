using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using RSocketIm.Protocol.Connections.Resumption;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Streams;
using RSocketIm.Protocol.Transports;

namespace RSocketIm.Protocol.Connections;

/// <summary>The state that the loops of one connection share: streams, what waits to be written, and the stage of its life.</summary>
/// <remarks>
/// <para>One gate guards it all. It is held for a few instructions and never across user code or an await; contention is
/// between this connection's read loop, its write loop and whoever signals one of its sources.</para>
/// <para>What may be sent at any time is min(credit of the stream, room on the connection): a stream with credit and
/// something to send stands in line (<see cref="WriteQueue"/>), and the write loop takes from the line only while the
/// transport takes from it. 2^31-1 credits on a dead socket cost nothing.</para>
/// <para>All of this is what survives when a resumable connection (<see cref="Session"/>) loses its transport; the
/// <see cref="Link"/> is what is exchanged.</para>
/// </remarks>
internal sealed class ConnectionCore : IStreamConnection
{
    private HashSet<ProtocolStream>? unopened; // requests of this side that are not written yet
    private LazyCompletion drained;
    private ITimer? linger;
    private LeaseHolder? heldLease;
    private int endedStreams;
    private bool silentDrain;
    private volatile ConnectionState state;
    private Exception? closeReason;
    private volatile RequestState request;
    private RSocketException? requestEnd;
    private volatile bool isLinkLost;
    private Exception? linkReason;

    public ConnectionCore(FrameTransport transport, ConnectionOptions options, bool isClient, ILogger logger)
    {
        Link = new Link(transport);
        Output = transport;
        Options = options;
        IsClient = isClient;
        Logger = logger;
        Table = new StreamTable(isClient);
        Backlog = new Backlog(options.MaxBacklogBytes);
        Writes = new WriteQueue(this);
        transport.Flusher = Writes;
    }

    public Lock Gate { get; } = new();

    /// <summary>What waits for the write loop.</summary>
    public WriteQueue Writes { get; }

    /// <summary>How much of it carries no credit.</summary>
    public Backlog Backlog { get; }

    /// <summary>The transport in use, or the last one; exchanged between links only, when no loop runs.</summary>
    public FrameTransport Transport => Link.Transport;

    public Link Link { get; private set; }

    /// <summary>Where frames of streams are written: the transport, or what retains them on the way. Write loop.</summary>
    public FrameTransport Output { get; private set; }

    /// <summary>What makes the connection resumable; null when it is not. Set before the first frame of a stream.</summary>
    public ResumableSession? Session { get; private set; }

    /// <summary>Whether the link is over while the connection is not: the loops end as soon as they look.</summary>
    public bool IsLinkLost => isLinkLost;

    /// <summary>Why the last link was lost.</summary>
    public Exception? LinkReason => linkReason;

    public ConnectionOptions Options { get; }

    public bool IsClient { get; }

    public ILogger Logger { get; }

    /// <summary>Gate held.</summary>
    public StreamTable Table { get; }

    public ConnectionState State => state;

    public Exception? CloseReason => closeReason;

    public int MaxOutboundFrameLength => Options.MaxOutboundFrameLength;

    /// <summary>How many streams have ended so far; wraps around.</summary>
    public int EndedStreams => Volatile.Read(ref endedStreams);

    /// <summary>Completes when a drain has come to its end: no stream is left.</summary>
    public Task Drained => drained.Task;

    /// <summary>Requests of this side wait for leases of the peer from now on.</summary>
    public void HonourLeases()
    {
        lock (Gate)
        {
            heldLease = new LeaseHolder(Options.TimeProvider);
        }
    }

    public void MarkReady(ProtocolStream stream)
    {
        if (state < ConnectionState.Closing)
        {
            Writes.Add(stream);
        }
    }

    public void MarkUrgent(ProtocolStream stream)
    {
        if (state < ConnectionState.Closing)
        {
            Writes.AddUrgent(stream);
        }
    }

    public bool TryAnswer(int streamId, in Payload answer) => state >= ConnectionState.Closing || Writes.TryAnswer(streamId, answer);

    /// <summary>A request-response of the peer is with its handler, which most often answers at once: it has no place in the table yet. Read loop.</summary>
    /// <remarks>Pair with <see cref="TryAnswerAtOnce"/> that succeeds, or <see cref="Enter"/>. Meanwhile the connection does not end as drained.</remarks>
    public void BeginRequest() => Interlocked.Exchange(ref request, RequestState.WithHandler);

    /// <summary>The handler has answered.</summary>
    /// <returns>False when no single frame takes the answer.</returns>
    public bool TryAnswerAtOnce(int streamId, in Payload answer)
    {
        lock (Gate)
        {
            if (!TryAnswer(streamId, answer))
            {
                return false;
            }

            request = RequestState.None;
            CheckDrained();
            return true;
        }
    }

    /// <summary>The handler takes longer, or failed: its stream gets its place in the table.</summary>
    public void Enter(ProtocolStream stream)
    {
        lock (Gate)
        {
            Table.Add(stream.StreamId, stream);
            if (request == RequestState.ToEnd)
            {
                stream.Outbound.OweEnd(requestEnd);
            }

            request = RequestState.None;
            requestEnd = null;
        }
    }

    /// <summary>The stream of an id. Gate not held.</summary>
    public bool TryFind(int streamId, [NotNullWhen(true)] out ProtocolStream? stream)
    {
        lock (Gate)
        {
            return Table.TryGet(streamId, out stream);
        }
    }

    public int OpenStream(ProtocolStream stream)
    {
        unopened?.Remove(stream);
        int id = Table.NextId();
        Table.Add(id, stream);
        return id;
    }

    public void StreamEnded(ProtocolStream stream)
    {
        Volatile.Write(ref endedStreams, unchecked(endedStreams + 1));
        if (stream.IsOpened)
        {
            Table.Remove(stream.StreamId);
        }
        else
        {
            unopened?.Remove(stream);
        }

        CheckDrained();
    }

    /// <summary>The first fragment of a request came (1), or it is whole and started, or given up (-1).</summary>
    public void ArrivingChanged(int by)
    {
        lock (Gate)
        {
            Table.Arriving += by;
            CheckDrained();
        }
    }

    /// <summary>The peer ran into a bound. Gate not held: the observer is user code.</summary>
    public void Hit(ConnectionLimit limit) => Options.LimitHit?.Invoke(limit);

    public void BacklogChanged(long bytes) => Backlog.Changed(bytes);

    /// <summary>Waits while the backlog is full. One waiter: the read loop.</summary>
    public async ValueTask WaitForBacklogAsync()
    {
        lock (Gate)
        {
            Backlog.PrepareWait();
        }

        while (Backlog.IsFull && state < ConnectionState.Closing && !isLinkLost)
        {
            await Backlog.WaitAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Waits while the backlog is full. Any number of waiters: senders of frames that belong to no stream.</summary>
    public async ValueTask WaitForLaneAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task room;
            lock (Gate)
            {
                if (!Backlog.IsFull || state >= ConnectionState.Closing)
                {
                    return;
                }

                room = Backlog.NextRelease();
            }

            await room.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Has a request of this side written, now or when there is a lease for it.</summary>
    /// <returns>False when the connection takes no requests any more; then nothing was done.</returns>
    public bool TrySubmit(ProtocolStream stream)
    {
        lock (Gate)
        {
            if (state != ConnectionState.Open)
            {
                return false;
            }

            (unopened ??= []).Add(stream);
            if (heldLease is null || heldLease.TryTake(stream))
            {
                MarkReady(stream);
            }

            return true;
        }
    }

    /// <summary>A LEASE came: requests that waited for it go.</summary>
    public void LeaseReceived(int requests, int timeToLiveMilliseconds)
    {
        lock (Gate)
        {
            if (heldLease is null)
            {
                return; // a peer that grants leases nobody asked for
            }

            heldLease.Renew(requests, timeToLiveMilliseconds);
            while (heldLease.TryTakeWaiting(out ProtocolStream? stream))
            {
                if (!stream.IsEnded)
                {
                    MarkReady(stream);
                }
            }
        }
    }

    /// <summary>Puts a frame of the connection itself before all streams.</summary>
    /// <param name="length">The frame's length in bytes.</param>
    /// <param name="state">What <paramref name="write"/> needs.</param>
    /// <param name="write">Writes exactly <paramref name="length"/> bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">The frame is longer than a frame may be; nothing was queued.</exception>
    public void Control<TState>(int length, TState state, Action<System.Buffers.IBufferWriter<byte>, TState> write)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Frame.MaxLength);
        lock (Gate)
        {
            if (this.state >= ConnectionState.Closing)
            {
                return;
            }

            write(Writes.StartControl(length), state);
            Backlog.Changed(length);
        }
    }

    /// <summary>
    /// <see cref="Control"/> for a frame that a timer sends again and again: nothing is queued while the one before it still
    /// waits, so that a peer which is never read by anybody does not gather one per period.
    /// </summary>
    /// <param name="ticket">Kept by the caller from one call to the next; 0 at first. One caller at a time.</param>
    /// <param name="length">The frame's length in bytes.</param>
    /// <param name="state">What <paramref name="write"/> needs.</param>
    /// <param name="write">Writes exactly <paramref name="length"/> bytes.</param>
    public void ControlOnce<TState>(ref long ticket, int length, TState state, Action<System.Buffers.IBufferWriter<byte>, TState> write)
    {
        lock (Gate)
        {
            if (Writes.TryTakeTurn(ref ticket))
            {
                Control(length, state, write);
            }
        }
    }

    /// <summary>Answers a request that has no stream, or none any more, with an ERROR.</summary>
    public void Refuse(int streamId, ErrorCode code, string message) =>
        Control(
            ErrorFrame.GetLength(message),
            (streamId, code, message),
            static (output, error) => ErrorFrame.Write(output, error.streamId, error.code, error.message));

    /// <summary>Has every stream that the peer opened end with an ERROR; the connection goes on.</summary>
    public void EndPeerStreams(RSocketException error)
    {
        lock (Gate)
        {
            if (request != RequestState.None)
            {
                request = RequestState.ToEnd;
                requestEnd = error;
            }

            foreach (ProtocolStream stream in Table.All.Where(static stream => !stream.IsRequester))
            {
                stream.Outbound.OweEnd(error);
            }
        }
    }

    /// <summary>Takes no new streams on either side; when the open ones are over, closes with CONNECTION_CLOSE or, when the peer said that first, without a word.</summary>
    public void Drain(bool peerAsked)
    {
        lock (Gate)
        {
            if (state == ConnectionState.Open)
            {
                state = ConnectionState.Draining;
                silentDrain = peerAsked;
                CheckDrained();
                if (isLinkLost)
                {
                    BeginClose(null, string.Empty, null); // nobody is there whom the streams could finish for
                }
            }
        }
    }

    // Gate held.
    private void CheckDrained()
    {
        if (state == ConnectionState.Draining && Table.Count == 0 && Table.Arriving == 0 && unopened is not { Count: > 0 } && request == RequestState.None)
        {
            // Last of all: rsocket-js tears the connection down at once when it reads it.
            BeginClose(silentDrain ? null : ErrorCode.ConnectionClose, "The connection is closed after its last stream.", null);
            drained.Complete();
        }
    }

    /// <summary>Ends the connection: the write loop writes what is in the lane and the ERROR, if any, ends its direction and stops; what still arrives is ignored.</summary>
    /// <param name="code">The code of an ERROR on stream 0; null for none.</param>
    /// <param name="message">Its text.</param>
    /// <param name="reason">What the streams and the application are told; null when the connection closes in order.</param>
    public void BeginClose(ErrorCode? code, string message, Exception? reason)
    {
        lock (Gate)
        {
            if (state >= ConnectionState.Closing)
            {
                return;
            }

            if (code is { } known)
            {
                ErrorFrame.Write(Writes.StartControl(ErrorFrame.GetLength(message)), 0, known, message);
            }

            closeReason = reason;
            state = ConnectionState.Closing;
            Session?.Closing();
            if (isLinkLost)
            {
                return; // nothing to write to, and no loop to wake
            }

            linger = Options.TimeProvider.CreateTimer(
                static state => ((FrameTransport)state!).Abort(), Transport, Options.LingerTimeout, Timeout.InfiniteTimeSpan);
            Writes.Wake();
            Backlog.Release();
        }
    }

    /// <summary>Makes the connection resumable. Before the first frame of a stream.</summary>
    public void MakeResumable(ResumableSession session)
    {
        lock (Gate)
        {
            Session = session;
            Output = new RetainingTransport(session, Transport);
        }
    }

    /// <summary>A link is over; the connection, if it can be resumed, is not.</summary>
    /// <param name="link">The link; when it is not in use any more nothing happens.</param>
    /// <param name="reason">Why.</param>
    /// <returns>False when the connection ends with its link.</returns>
    public bool TryLoseLink(Link link, Exception reason)
    {
        lock (Gate)
        {
            if (link != Link || isLinkLost)
            {
                return true;
            }

            if (Session is not { IsLost: false } || state != ConnectionState.Open)
            {
                return false;
            }

            isLinkLost = true;
            linkReason = reason;
            Writes.Wake();
            Backlog.Release();
        }

        link.Transport.Abort();
        return true;
    }

    /// <summary>Goes on over another link; nothing runs on either. Gate held.</summary>
    public bool TryUse(Link link, FrameTransport output)
    {
        if (state != ConnectionState.Open)
        {
            return false;
        }

        Link = link;
        link.Transport.Flusher = Writes;
        Output = output;
        isLinkLost = false;
        Writes.ForgetLink();
        heldLease?.Forget();
        return true;
    }

    /// <summary>The earlier session that this connection's transport is for, when its first frame was a RESUME.</summary>
    public ResumableSession? HandedTo { get; private set; }

    /// <summary>The transport serves an earlier session from now on; this connection is over before it began.</summary>
    public void HandOver(ResumableSession earlier)
    {
        lock (Gate)
        {
            if (state >= ConnectionState.Closing)
            {
                return;
            }

            HandedTo = earlier;
            state = ConnectionState.Closed;
            isLinkLost = true;
            Writes.Wake();
            drained.Complete();
        }
    }

    /// <summary>The loops are over: ends every stream that is left, and gives back the transport.</summary>
    public async ValueTask EndAsync()
    {
        ProtocolStream[] left;
        lock (Gate)
        {
            Debug.Assert(state >= ConnectionState.Closing, "The loops end after BeginClose.");
            state = ConnectionState.Closed;
            linger?.Dispose();
            left = [.. Table.All, .. unopened ?? []];
        }

        RSocketException error = closeReason as RSocketException
            ?? new RSocketException(ErrorCode.ConnectionError, "The connection is closed.", closeReason);
        foreach (ProtocolStream stream in left)
        {
            stream.Fail(error);
        }

        drained.Complete();
        Session?.End();
        await Link.DisposeTransportAsync().ConfigureAwait(false);
    }

    /// <summary>Where the request-response is that the read loop is dealing with.</summary>
    private enum RequestState
    {
        None,

        /// <summary>With its handler.</summary>
        WithHandler,

        /// <summary>With its handler; when it is not answered at once it ends with an ERROR.</summary>
        ToEnd,
    }
}
