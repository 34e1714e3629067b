using System.Buffers;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Transports;

namespace RSocketIm.Protocol.Streams;

/// <summary>The sending direction of one stream: a credit, a source, and at most one payload that is partly written.</summary>
/// <remarks>
/// <para>Fields are guarded by the connection's gate, except those marked "turn": while <see cref="turnRunning"/> they belong
/// to the write loop, which is inside <see cref="WriteTurn"/> without the gate.</para>
/// <para>No payload is queued here. What is owed at any time is at most the rest of one payload and one end.</para>
/// </remarks>
internal sealed class OutboundHalf(ProtocolStream stream) : ISourceHost
{
    private Credit credit;
    private PayloadSource? source;
    private RSocketException? endError;
    private bool endOwed;
    private bool closed;
    private bool turnRunning;
    private bool signalled;          // the source spoke while a turn was running: its "idle" may be out of date
    private bool parked;             // the source has nothing, has credit, and will speak
    private bool partOnWire;         // a fragment was written and the last one was not
    private long backlogBytes;       // what a waiting single response counts for
    private StreamTally? tally;

    // turn
    private FragmentCursor cursor;
    private bool cursorActive;
    private FrameType firstType = FrameType.Payload;
    private FrameFlags finalFlags;
    private int initialRequestN;

    /// <summary>Whether the direction is over: its end was written or needs no writing. Gate held.</summary>
    public bool IsClosed => closed;

    /// <summary>Whether nothing but an end may be written any more. Gate held.</summary>
    public bool IsEnding => closed || endOwed;

    /// <summary>Whether fragments of a payload are out and its last one is not: nothing else of this stream may come between. Gate held.</summary>
    public bool IsMidPayload => partOnWire;

    /// <summary>Whether an ERROR is to be written. Gate held.</summary>
    public RSocketException? OwedError => endOwed ? endError : null;

    private Lock Gate => stream.Connection.Gate;

    /// <summary>A requester's first frame. Gate held.</summary>
    public void StartRequest(FrameType type, Payload request, bool complete)
    {
        firstType = type;
        finalFlags = complete ? FrameFlags.Complete : FrameFlags.None;
        cursor = new FragmentCursor(request.Data, request.Metadata, request.HasMetadata);
        cursorActive = true;
    }

    /// <summary>Attaches what this direction sends; it is asked as soon as there is credit.</summary>
    public void SetSource(PayloadSource newSource)
    {
        // Attached before it is entered: a turn that runs meanwhile finds no source, so that TryPull never overlaps Attached.
        newSource.Attach(this);
        bool tooLate;
        lock (Gate)
        {
            tooLate = closed;
            if (!tooLate)
            {
                source = newSource;
                if (credit.Available > 0 && stream.IsOpened)
                {
                    stream.Connection.MarkReady(stream);
                }
            }
        }

        if (tooLate)
        {
            newSource.ReleaseOnce();
        }
    }

    /// <summary>The single response of REQUEST_RESPONSE in fragments; it needs no credit but counts as backlog until it is written. Gate held, the direction is open.</summary>
    public void Reply(in Payload response)
    {
        cursor = new FragmentCursor(response.Data, response.Metadata, response.HasMetadata);
        cursorActive = true;
        finalFlags = FrameFlags.Next | FrameFlags.Complete;
        backlogBytes = response.Data.Length + response.Metadata.Length + Frame.HeaderLength;
        stream.Connection.BacklogChanged(backlogBytes);
        stream.Connection.MarkReady(stream);
    }

    /// <summary>Counts from here on, and what was granted before. Gate held.</summary>
    public void CountInto(StreamTally into)
    {
        tally = into;
        into.AddGranted(credit.Granted);
    }

    /// <summary>Adds credit from the peer. Gate held.</summary>
    public void Grant(int n)
    {
        long before = credit.Granted;
        credit.Grant(n);
        tally?.AddGranted(credit.Granted - before);
        if (!closed && source is not null && !parked && stream.IsOpened)
        {
            stream.Connection.MarkReady(stream);
        }
    }

    public void SourceReady()
    {
        lock (Gate)
        {
            if (turnRunning)
            {
                signalled = true;
            }
            else if (!closed && credit.Available > 0 && stream.IsOpened)
            {
                stream.Connection.MarkReady(stream);
            }
        }
    }

    public void SourceEnded(RSocketException? error)
    {
        lock (Gate)
        {
            OweEnd(error);
        }
    }

    /// <summary>Has the end written, without credit: COMPLETE after the payload that is partly out, or ERROR at once. Gate held.</summary>
    public void OweEnd(RSocketException? error)
    {
        if (closed || endOwed)
        {
            return;
        }

        endOwed = true;
        endError = error;
        signalled = true;
        if (turnRunning)
        {
            return; // the end of the turn looks again
        }

        if (error is not null)
        {
            stream.Connection.MarkUrgent(stream);
        }
        else if (stream.IsOpened)
        {
            stream.Connection.MarkReady(stream);
        }
    }

    /// <summary>Ends the direction without writing anything more. Gate held.</summary>
    public void Close(ref Aftermath after)
    {
        if (closed)
        {
            return;
        }

        closed = true;
        endOwed = false;
        stream.Connection.BacklogChanged(-backlogBytes);
        backlogBytes = 0;
        if (!turnRunning)
        {
            after.Release = source; // otherwise the turn that is running releases it when it ends
            source = null;
            cursorActive = false;
            cursor = default; // lets go of the payload
            partOnWire = false;
        }
    }

    /// <summary>Writes what this stream may send now, at most about <paramref name="quantum"/> bytes. Write loop only.</summary>
    /// <returns>The bytes written.</returns>
    public int WriteTurn(FrameTransport transport, int quantum)
    {
        long allowance;
        lock (Gate)
        {
            if (closed || OwedError is not null)
            {
                return 0;
            }

            turnRunning = true;
            signalled = false;
            parked = false;
            allowance = credit.Available;
            if (!stream.IsOpened)
            {
                initialRequestN = stream.OpenForWriting();
            }
        }

        var turn = new Turn { Allowance = allowance };
        try
        {
            WritePayloads(transport, quantum, ref turn);
        }
        finally
        {
            EndTurn(transport, ref turn);
        }

        return turn.Written;
    }

    private void WritePayloads(FrameTransport transport, int quantum, ref Turn turn)
    {
        while (turn.Written < quantum)
        {
            if (cursorActive)
            {
                WriteFragment(transport, ref turn);
                continue;
            }

            if (turn.Completed || turn.Ended || source is null || turn.Spent == turn.Allowance || Volatile.Read(ref endOwed) || Volatile.Read(ref closed))
            {
                return;
            }

            if (PullRun(source, transport, quantum, ref turn))
            {
                continue;
            }

            switch (Pull(source, out Payload payload, ref turn))
            {
                case PullStatus.Next:
                    turn.Spent++;
                    StartPayload(transport, payload, FrameFlags.Next, ref turn);
                    break;
                case PullStatus.NextAndComplete:
                    turn.Spent++;
                    StartPayload(transport, payload, FrameFlags.Next | FrameFlags.Complete, ref turn);
                    break;
                case PullStatus.Complete:
                    turn.Ended = true;
                    return;
                default:
                    turn.Idle = true;
                    return;
            }
        }
    }

    private bool PullRun(PayloadSource from, FrameTransport transport, int quantum, ref Turn turn)
    {
        RunSlice slice;
        try
        {
            long most = turn.Allowance - turn.Spent;
            if (!from.TryPullRun(most, quantum - turn.Written, stream.Connection.MaxOutboundFrameLength, out slice))
            {
                return false;
            }

            if (slice.Count > most)
            {
                throw new InvalidOperationException($"The source took {slice.Count} payloads where it may have {most}.");
            }
        }
#pragma warning disable CA1031 // As in Pull.
        catch (Exception error)
#pragma warning restore CA1031
        {
            turn.Error = ErrorOf(error);
            turn.Ended = true;
            return true;
        }

        transport.WriteRun(slice, stream.StreamId);
        turn.Spent += slice.Count;
        turn.Written += slice.Run.LengthOf(slice.First, slice.Count);
        return true;
    }

    private PullStatus Pull(PayloadSource from, out Payload payload, ref Turn turn)
    {
        try
        {
            return from.TryPull(out payload);
        }
#pragma warning disable CA1031 // A source is user code: whatever it throws ends its own stream, not the connection.
        catch (Exception error)
#pragma warning restore CA1031
        {
            turn.Error = ErrorOf(error);
        }

        payload = default;
        return PullStatus.Complete;
    }

    private RSocketException ErrorOf(Exception thrown)
    {
        if (thrown is RSocketException told)
        {
            return told;
        }

        StreamsLog.SourceFailed(stream.Connection.Logger, stream.StreamId, thrown);
        return new RSocketException(ErrorCode.ApplicationError, "The responder failed.", thrown);
    }

    private void StartPayload(FrameTransport transport, Payload payload, FrameFlags flags, ref Turn turn)
    {
        int length = PayloadFrame.GetLength(payload.HasMetadata, payload.Metadata.Length, payload.Data.Length);
        if (length <= stream.Connection.MaxOutboundFrameLength)
        {
            // The common case in one go, without the cursor.
            PayloadFrame.Write(
                transport.StartFrame(length),
                stream.StreamId,
                payload.HasMetadata ? flags | FrameFlags.Metadata : flags,
                payload.Metadata.Span,
                payload.Data.Span);
            turn.Written += length;
            turn.Completed |= (flags & FrameFlags.Complete) != 0;
            return;
        }

        cursor = new FragmentCursor(payload.Data, payload.Metadata, payload.HasMetadata);
        cursorActive = true;
        firstType = FrameType.Payload;
        finalFlags = flags;
    }

    private void WriteFragment(FrameTransport transport, ref Turn turn)
    {
        int max = stream.Connection.MaxOutboundFrameLength;
        int length = cursor.NextLength(firstType, max);
        IBufferWriter<byte> output = transport.StartFrame(length);
        cursor.WriteNext(output, stream.StreamId, firstType, initialRequestN, finalFlags, max);
        turn.Written += length;
        if (cursor.IsDone)
        {
            cursorActive = false;
            cursor = default;
            turn.Completed |= (finalFlags & FrameFlags.Complete) != 0;
            turn.RequestWritten |= firstType != FrameType.Payload;
            firstType = FrameType.Payload;
        }
    }

    private void EndTurn(FrameTransport transport, ref Turn turn)
    {
        Aftermath after = default;
        lock (Gate)
        {
            turnRunning = false;
            credit.Spend(turn.Spent);
            tally?.AddSent(turn.Spent);
            partOnWire = cursorActive;
            if (!cursorActive && backlogBytes != 0)
            {
                stream.Connection.BacklogChanged(-backlogBytes);
                backlogBytes = 0;
            }

            if (closed)
            {
                // Cancelled while the turn ran: what Close left to us.
                after.Release = source;
                source = null;
                cursorActive = false;
                cursor = default;
                partOnWire = false;
            }
            else
            {
                Continue(transport, ref turn, ref after);
            }
        }

        after.Run(stream.Connection.Logger);
    }

    // Gate held: decides what the stream waits for next.
    private void Continue(FrameTransport transport, ref Turn turn, ref Aftermath after)
    {
        if (turn.Ended && !endOwed)
        {
            endOwed = true;
            endError = turn.Error;
        }

        if (turn.Completed)
        {
            stream.OutboundDone(ref after);
        }
        else if (endOwed && endError is not null)
        {
            stream.Connection.MarkUrgent(stream);
        }
        else if (endOwed && !cursorActive)
        {
            PayloadFrame.Write(transport.StartFrame(Frame.HeaderLength), stream.StreamId, FrameFlags.Complete, default, default);
            turn.Written += Frame.HeaderLength;
            stream.OutboundDone(ref after);
        }
        else if (turn.RequestWritten && source is null)
        {
            stream.RequestSent(ref after);
        }
        else if (cursorActive || signalled || (source is not null && !turn.Idle && credit.Available > 0))
        {
            stream.Connection.MarkReady(stream);
        }
        else
        {
            parked = turn.Idle;
        }

        if (!partOnWire)
        {
            stream.PayloadBoundaryReached();
        }
    }

    private struct Turn
    {
        public long Allowance;
        public long Spent;
        public int Written;
        public bool Idle;
        public bool Completed;       // COMPLETE went out with the last payload
        public bool Ended;           // the source is over, with Error or in order
        public bool RequestWritten;
        public RSocketException? Error;
    }
}
