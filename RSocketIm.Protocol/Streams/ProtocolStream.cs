using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Transports;

namespace RSocketIm.Protocol.Streams;

/// <summary>One stream: two halves, and the rules by which their ends end the stream. The same class serves all five interactions and both roles.</summary>
/// <remarks>
/// <list type="table">
/// <item><term>REQUEST_RESPONSE, REQUEST_STREAM</term><description>the responder has an outbound half, the requester an inbound one</description></item>
/// <item><term>REQUEST_CHANNEL</term><description>both have both</description></item>
/// <item><term>REQUEST_FNF</term><description>the requester has an outbound half that ends with the request; the responder has no stream</description></item>
/// </list>
/// A requester's outbound half exists in any case, because it writes the request.
/// </remarks>
#pragma warning disable CA1001 // A CancellationTokenSource without a timer holds nothing that needs disposing.
internal sealed class ProtocolStream : StreamContext
#pragma warning restore CA1001
{
    private CancellationTokenSource? cancelled;
    private int id;
    private bool ended;
    private bool urgentDeferred;

    private ProtocolStream(IStreamConnection connection, FrameType type, bool isRequester)
    {
        Connection = connection;
        Type = type;
        IsRequester = isRequester;
        Outbound = new OutboundHalf(this);
    }

    public IStreamConnection Connection { get; }

    /// <summary>The request type that opened the stream.</summary>
    public FrameType Type { get; }

    public bool IsRequester { get; }

    public OutboundHalf Outbound { get; }

    public InboundHalf? Inbound { get; private set; }

    /// <summary>Run once when a requester's stream is over before or after its request was written; completes fire-and-forget.</summary>
    public Action<RSocketException?>? WhenSent { get; set; }

    public override int StreamId => id;

    /// <summary>Whether the stream has an id, so that frames of it make sense to the peer. Gate held.</summary>
    public bool IsOpened => id != 0;

    /// <summary>Whether nothing more happens on the stream. Gate held.</summary>
    public bool IsEnded => ended;

    public override CancellationToken Cancelled
    {
        get
        {
            // Made on demand: most handlers answer before anyone could cancel.
            lock (Connection.Gate)
            {
                if (cancelled is null)
                {
                    cancelled = new CancellationTokenSource();
                    if (ended)
                    {
                        cancelled.Cancel(); // no registrations yet, so no user code runs here
                    }
                }

                return cancelled.Token;
            }
        }
    }

    public override void CountInto(StreamTally tally)
    {
        lock (Connection.Gate)
        {
            Outbound.CountInto(tally);
        }
    }

    // Marks for the connection's ready queue, guarded by the gate like the queue itself.
    internal bool InReadyLine { get; set; }

    internal bool InUrgentLine { get; set; }

    /// <summary>A stream that the peer opened.</summary>
    public static ProtocolStream ForResponder(IStreamConnection connection, FrameType type, int streamId)
    {
        var stream = new ProtocolStream(connection, type, isRequester: false) { id = streamId };
        if (type == FrameType.RequestChannel)
        {
            stream.Inbound = new InboundHalf(stream);
        }

        return stream;
    }

    /// <summary>Takes the id of another request of the peer, of one whose handler has answered before anybody saw the stream but the handler.</summary>
    /// <returns>False when the handler watches the stream still.</returns>
    public bool TryReuse(int streamId)
    {
        id = streamId;
        return cancelled is null;
    }

    /// <summary>A stream that this side opens; it gets its id when its request is written.</summary>
    public static ProtocolStream ForRequester(IStreamConnection connection, FrameType type)
    {
        var stream = new ProtocolStream(connection, type, isRequester: true);
        if (type != FrameType.RequestFireAndForget)
        {
            stream.Inbound = new InboundHalf(stream);
        }

        return stream;
    }

    /// <summary>Enters the table under a new id and says what credit the request carries. Gate held, write loop.</summary>
    /// <returns>The initial request(n): all credit granted so far.</returns>
    public int OpenForWriting()
    {
        id = Connection.OpenStream(this);
        return Inbound?.TakeOwedCredit() ?? 0;
    }

    /// <summary>Has REQUEST_N or CANCEL written before any data. Gate held.</summary>
    public void UrgentOwed()
    {
        if (!ended && IsOpened)
        {
            Connection.MarkUrgent(this);
        }
    }

    /// <summary>Writes what goes before data: ERROR, CANCEL or REQUEST_N. Write loop, gate held.</summary>
    public void WriteUrgent(FrameTransport transport, ref Aftermath after)
    {
        if (ended)
        {
            return;
        }

        if (Outbound.OwedError is { } error)
        {
            if (IsOpened)
            {
                ErrorFrame.Write(transport.StartFrame(ErrorFrame.GetLength(error.Message)), id, error.Code, error.Message);
            }

            End(ref after);
            NotifyInbound(error, ref after);
            return;
        }

        if (Inbound is null)
        {
            return;
        }

        if (Outbound.IsMidPayload)
        {
            // rsocket-js cancels a channel that has another of its frames between two fragments of a payload.
            urgentDeferred = true;
            return;
        }

        if (Inbound.OwesCancel)
        {
            Inbound.CancelWritten();
            CancelFrame.Write(transport.StartFrame(Frame.HeaderLength), id);
            if (IsRequester || Outbound.IsClosed)
            {
                End(ref after);
            }
        }
        else if (Inbound.TakeOwedCredit() is > 0 and int n)
        {
            RequestNFrame.Write(transport.StartFrame(RequestNFrame.GetLength()), id, n);
        }
    }

    /// <summary>The last fragment of a payload is out: what had to wait for that may go. Gate held.</summary>
    public void PayloadBoundaryReached()
    {
        if (urgentDeferred)
        {
            urgentDeferred = false;
            UrgentOwed();
        }
    }

    /// <summary>Our direction wrote its COMPLETE. Gate held.</summary>
    public void OutboundDone(ref Aftermath after)
    {
        RequestSent(ref after);
        Outbound.Close(ref after);
        if (Inbound is null || (Inbound.IsClosed && !Inbound.OwesCancel))
        {
            End(ref after);
        }
    }

    /// <summary>The answer to REQUEST_RESPONSE: encoded at once where one frame takes it, and then the stream is over.</summary>
    public void Answer(in Payload answer)
    {
        Aftermath after = default;
        lock (Connection.Gate)
        {
            if (ended || Outbound.IsEnding)
            {
                return;
            }

            if (Connection.TryAnswer(id, answer))
            {
                OutboundDone(ref after);
            }
            else
            {
                Outbound.Reply(answer);
            }
        }

        after.Run(Connection.Logger);
    }

    /// <summary>The request is written and this side has nothing more to send. Gate held.</summary>
    public void RequestSent(ref Aftermath after)
    {
        if (WhenSent is { } whenSent)
        {
            WhenSent = null;
            after.Notify += () => whenSent(null);
        }

        if (Type == FrameType.RequestFireAndForget)
        {
            End(ref after);
        }
        else if (IsRequester && Type != FrameType.RequestChannel)
        {
            Outbound.Close(ref after);
        }
    }

    /// <summary>The peer's direction completed. Gate held.</summary>
    public void InboundCompleted(ref Aftermath after)
    {
        // A request that was answered before its last fragment went out is as good as sent.
        if (Outbound.IsClosed || (IsRequester && Type != FrameType.RequestChannel))
        {
            End(ref after);
        }
    }

    /// <summary>This side wants no more. Gate held; the inbound half is closed and owes its CANCEL.</summary>
    public void InboundCancelled(ref Aftermath after)
    {
        if (!IsRequester)
        {
            // A responder's CANCEL stops the peer's direction only (rsocket-java, -js and -kotlin agree; the spec is silent).
            UrgentOwed();
            return;
        }

        if (!IsOpened)
        {
            Inbound!.CancelWritten(); // nothing was written, so nothing needs to be taken back
            End(ref after);
            return;
        }

        // A requester's CANCEL ends both directions; the stream stays in the table until the frame is written.
        Outbound.Close(ref after);
        UrgentOwed();
    }

    /// <summary>This side wants no more of a stream whose inbound direction is over already. Gate held.</summary>
    /// <remarks>A requester's CANCEL speaks of what it receives; once the responder has completed, ERROR[CANCELED] takes its place, as in rsocket-js.</remarks>
    public void CancelOutbound()
    {
        if (IsRequester && Type == FrameType.RequestChannel)
        {
            Outbound.OweEnd(new RSocketException(ErrorCode.Canceled, "The requester cancelled the stream."));
        }
    }

    /// <summary>CANCEL came from the peer. Read loop.</summary>
    public void CancelReceived()
    {
        Aftermath after = default;
        lock (Connection.Gate)
        {
            if (IsRequester)
            {
                // The responder of a channel wants no more; what it sends goes on.
                Outbound.Close(ref after);
                if (Inbound is null || Inbound.IsClosed)
                {
                    End(ref after);
                }
            }
            else
            {
                End(ref after);
                NotifyInbound(new RSocketException(ErrorCode.Canceled, "The requester cancelled the stream."), ref after);
            }
        }

        after.Run(Connection.Logger);
    }

    /// <summary>ERROR came from the peer, or the stream fails on this side without a frame to write.</summary>
    public void Fail(RSocketException error)
    {
        Aftermath after = default;
        lock (Connection.Gate)
        {
            if (ended)
            {
                return;
            }

            End(ref after);
            NotifyInbound(error, ref after);
        }

        after.Run(Connection.Logger);
    }

    /// <summary>Forgets a request that is not written yet.</summary>
    /// <returns>False when its first fragment is out already.</returns>
    public bool TryTakeBack()
    {
        Aftermath after = default;
        lock (Connection.Gate)
        {
            if (IsOpened || ended)
            {
                return false;
            }

            WhenSent = null;
            End(ref after);
        }

        after.Run(Connection.Logger);
        return true;
    }

    /// <summary>This side ends the stream with an ERROR.</summary>
    public void FailWith(RSocketException error)
    {
        lock (Connection.Gate)
        {
            Outbound.OweEnd(error);
        }
    }

    /// <summary>A PAYLOAD came. Read loop.</summary>
    public void PayloadReceived(PayloadView payload, bool next, bool complete)
    {
        if (Inbound is null)
        {
            return; // a requester of REQUEST_STREAM sends no payloads
        }

        // The response of REQUEST_RESPONSE is complete also where the peer forgot the flag (spec, "Unexpected Handling" 5).
        complete |= next && Type == FrameType.RequestResponse;
        if (!Inbound.Deliver(payload, next, complete))
        {
            CreditExceeded();
        }
    }

    /// <summary>The peer sent beyond its credit: the stream ends, nothing is queued. Read loop.</summary>
    public void CreditExceeded()
    {
        StreamsLog.CreditExceeded(Connection.Logger, id);
        Refuse(new RSocketException(ErrorCode.Canceled, "More payloads came than were requested."));
    }

    /// <summary>Ends the stream because of what the peer sent on it. Read loop.</summary>
    public void Refuse(RSocketException error)
    {
        // ERROR where this side may send one; otherwise CANCEL says the same.
        bool byCancel;
        lock (Connection.Gate)
        {
            byCancel = Outbound.IsClosed || (IsRequester && Type != FrameType.RequestChannel);
        }

        Inbound?.End(error, oweCancel: byCancel);
        if (!byCancel)
        {
            FailWith(error);
        }
    }

    private void NotifyInbound(RSocketException error, ref Aftermath after)
    {
        if (Inbound is { IsClosed: false } inbound)
        {
            after.Notify += () => inbound.End(error);
        }
    }

    // Gate held.
    private void End(ref Aftermath after)
    {
        if (ended)
        {
            return;
        }

        ended = true;
        Outbound.Close(ref after);
        after.Cancel = cancelled;
        if (WhenSent is { } whenSent)
        {
            WhenSent = null;
            after.Notify += () => whenSent(new RSocketException(ErrorCode.ConnectionError, "The stream ended before its request was sent."));
        }

        Connection.StreamEnded(this);
    }
}
