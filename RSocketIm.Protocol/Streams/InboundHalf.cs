using RSocketIm.Protocol.Payloads;

namespace RSocketIm.Protocol.Streams;

/// <summary>The receiving direction of one stream: what the peer may still send, what of that it has not been told yet, and who receives.</summary>
/// <remarks>
/// Nothing is queued: a payload beyond the credit ends the stream. Fields are guarded by the connection's gate; the
/// receiver is called without it, on the read loop, on the write loop when this side's ERROR ends the stream, or on the
/// thread that ends the connection after the loops are over. An end that finds the read loop inside the receiver is left to it.
/// </remarks>
internal sealed class InboundHalf(ProtocolStream stream) : InboundStream
{
    private Credit granted;
    private IPayloadReceiver? receiver;
    private RSocketException? earlyEnd;   // the stream ended before anyone subscribed
    private bool endedEarly;
    private int owed;                     // credit granted by us and not yet on the wire
    private bool cancelOwed;
    private bool closed;
    private bool delivering;              // the read loop is inside OnNext
    private bool endDeferred;             // the end came from another thread meanwhile; the read loop passes it on
    private RSocketException? deferredEnd;

    public override int StreamId => stream.StreamId;

    /// <summary>Whether the direction is over. Gate held.</summary>
    public bool IsClosed => closed;

    /// <summary>Whether a CANCEL is to be written. Gate held.</summary>
    public bool OwesCancel => cancelOwed;

    private Lock Gate => stream.Connection.Gate;

    public override void Subscribe(IPayloadReceiver receiver)
    {
        ArgumentNullException.ThrowIfNull(receiver);
        lock (Gate)
        {
            if (this.receiver is not null)
            {
                throw new InvalidOperationException("This stream has a receiver already.");
            }

            this.receiver = receiver;
            if (!endedEarly)
            {
                return;
            }
        }

        // The peer was done before the handler subscribed: a channel that completes in its first frame.
        Finish(receiver, earlyEnd);
    }

    public override void Request(int n)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(n, 1);
        lock (Gate)
        {
            if (closed)
            {
                return;
            }

            // Counted now, not when REQUEST_N is written, so that data which race the frame are never taken for too much.
            granted.Grant(n);
            owed = (int)Math.Min((long)owed + n, int.MaxValue);
            stream.UrgentOwed();
        }
    }

    public override void Cancel()
    {
        Aftermath after = default;
        lock (Gate)
        {
            if (closed)
            {
                stream.CancelOutbound();
                return;
            }

            closed = true;
            cancelOwed = true;
            owed = 0;
            stream.InboundCancelled(ref after);
        }

        after.Run(stream.Connection.Logger);
    }

    /// <summary>Counts credit that needs no REQUEST_N: the one response of REQUEST_RESPONSE. Gate held or stream not yet shared.</summary>
    public void GrantImplicitly(int n) => granted.Grant(n);

    /// <summary>Takes the credit that is to be written now. Gate held.</summary>
    public int TakeOwedCredit()
    {
        int n = owed;
        owed = 0;
        return n;
    }

    /// <summary>Says that the CANCEL is written. Gate held.</summary>
    public void CancelWritten() => cancelOwed = false;

    /// <summary>Whether the peer may send an element at all. Gate held.</summary>
    public bool MayReceive => closed || granted.Available > 0;

    /// <summary>Hands one PAYLOAD to the receiver. Read loop only.</summary>
    /// <returns>False when the peer sent more than it was granted.</returns>
    public bool Deliver(PayloadView payload, bool next, bool complete)
    {
        IPayloadReceiver? target;
        lock (Gate)
        {
            if (closed)
            {
                return true; // late: it crossed our CANCEL on the way
            }

            if (next && !granted.TrySpend())
            {
                return false;
            }

            // Elements need credit and credit needs a receiver, so that only the end can come without one.
            target = next ? receiver : null;
            delivering = target is not null;
        }

        if (target is not null)
        {
            bool taken = TryNext(target, payload);
            Delivered(target);
            if (!taken)
            {
                Cancel();
                return true;
            }
        }

        if (complete)
        {
            End(null);
        }

        return true;
    }

    /// <summary>Ends the direction: in order when <paramref name="error"/> is null. Not under the gate.</summary>
    /// <param name="error">Why, or null.</param>
    /// <param name="oweCancel">Whether the peer is to be told by a CANCEL.</param>
    public void End(RSocketException? error, bool oweCancel = false)
    {
        IPayloadReceiver? target;
        Aftermath after = default;
        lock (Gate)
        {
            if (closed)
            {
                return;
            }

            Close();
            target = receiver;
            if (target is null)
            {
                endedEarly = true;
                earlyEnd = error;
            }
            else if (delivering)
            {
                endDeferred = true;
                deferredEnd = error;
                target = null;
            }

            if (oweCancel)
            {
                cancelOwed = true;
                stream.InboundCancelled(ref after);
            }
            else if (error is null)
            {
                stream.InboundCompleted(ref after);
            }
        }

        if (target is not null)
        {
            Finish(target, error);
        }

        after.Run(stream.Connection.Logger);
    }

    /// <summary>Ends the direction without telling the receiver. Gate held.</summary>
    public void Close()
    {
        closed = true;
        cancelOwed = false;
        owed = 0;
    }

    private void Delivered(IPayloadReceiver target)
    {
        lock (Gate)
        {
            delivering = false;
            if (!endDeferred)
            {
                return;
            }

            endDeferred = false;
        }

        Finish(target, deferredEnd);
    }

    private bool TryNext(IPayloadReceiver target, PayloadView payload)
    {
        try
        {
            target.OnNext(payload);
            return true;
        }
#pragma warning disable CA1031 // A receiver is user code: what it throws ends its own stream, not the connection.
        catch (Exception error)
#pragma warning restore CA1031
        {
            StreamsLog.ReceiverFailed(stream.Connection.Logger, stream.StreamId, error);
            return false;
        }
    }

    private void Finish(IPayloadReceiver target, RSocketException? error)
    {
        try
        {
            if (error is null)
            {
                target.OnComplete();
            }
            else
            {
                target.OnError(error);
            }
        }
#pragma warning disable CA1031 // As above; the stream is over already.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            StreamsLog.ReceiverFailed(stream.Connection.Logger, stream.StreamId, failure);
        }
    }
}
