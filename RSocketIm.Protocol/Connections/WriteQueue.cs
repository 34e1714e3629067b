using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using RSocketIm.Protocol.Connections.Resumption;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Streams;
using RSocketIm.Protocol.Transports;

namespace RSocketIm.Protocol.Connections;

/// <summary>What waits for the write loop of one connection: frames of the connection itself, and streams that have something to write.</summary>
/// <remarks>
/// Guarded by the connection's gate. Streams stand in line (<see cref="ReadyLines"/>) and are asked in turn while the transport
/// takes what they write, so that only the frames in the <see cref="ControlLane"/> take memory.
/// </remarks>
internal sealed class WriteQueue(ConnectionCore connection) : IFlusher
{
    private readonly ReadyLines lines = new();
    private readonly ControlLane lane = new();
    private readonly AnswerLane answers = new();
    private readonly AsyncSignal signal = new();
    private long laneTurn = 1; // counts how often the lane was emptied

    /// <summary>What <see cref="WaitAsync"/> waits for.</summary>
    public AsyncSignal Signal => signal;

    /// <summary>Waits for something to write. Write loop only.</summary>
    public ValueTask WaitAsync() => signal.WaitAsync();

    /// <summary>Has the write loop look again. Any thread.</summary>
    public void Wake() => signal.Set();

    /// <summary>A stream has data and may send them. Gate held.</summary>
    public void Add(ProtocolStream stream)
    {
        if (lines.AddData(stream))
        {
            signal.Set();
        }
    }

    /// <summary>A stream owes a control frame. Gate held.</summary>
    public void AddUrgent(ProtocolStream stream)
    {
        if (lines.AddUrgent(stream))
        {
            signal.Set();
        }
    }

    /// <summary>Puts a frame of the connection before all streams: exactly <paramref name="length"/> bytes must be written to what is returned. Gate held.</summary>
    public IBufferWriter<byte> StartControl(int length)
    {
        signal.Set();
        return lane.StartFrame(length);
    }

    /// <summary>Puts the answer of a request-response before all streams, if one frame takes it. Its bytes are the caller's again. Gate held.</summary>
    /// <returns>False when it is longer.</returns>
    public bool TryAnswer(int streamId, in Payload answer)
    {
        int length = PayloadFrame.GetLength(answer.HasMetadata, answer.Metadata.Length, answer.Data.Length);
        if (length > connection.MaxOutboundFrameLength)
        {
            return false;
        }

        const FrameFlags Flags = FrameFlags.Next | FrameFlags.Complete;
        PayloadFrame.Write(
            answers.StartFrame(length), streamId, answer.HasMetadata ? Flags | FrameFlags.Metadata : Flags, answer.Metadata.Span, answer.Data.Span);
        connection.Backlog.Changed(length);
        signal.Set();
        return true;
    }

    /// <summary>Whether the frames that were in the lane at a ticket's last use have been written since. Gate held.</summary>
    /// <param name="ticket">Kept by the caller from one call to the next; 0 at first.</param>
    public bool TryTakeTurn(ref long ticket)
    {
        if (ticket == laneTurn)
        {
            return false;
        }

        ticket = laneTurn;
        return true;
    }

    /// <summary>Drops frames that made sense on the last link only. Gate held.</summary>
    public void ForgetLink() => connection.Backlog.Changed(-lane.ForgetLink());

    /// <summary>Writes control frames and answers, then lets streams write in turn, up to one batch of theirs. Write loop only.</summary>
    /// <returns>Whether there is more.</returns>
    public bool WriteBatch()
    {
        int written = 0;
        while (written < connection.Options.WriteBatchBytes)
        {
            ProtocolStream? stream;
            int quantum = connection.Options.StreamQuantumBytes;
            Aftermath after = default;
            lock (connection.Gate)
            {
                if (connection.Session is { WantsPosition: true } session)
                {
                    AskForPosition(session);
                }

                bool closing = connection.State >= ConnectionState.Closing;
                if (closing)
                {
                    WriteAnswers(); // the ERROR that is in the lane then is the connection's last frame
                }

                if (!lane.IsEmpty)
                {
                    int bytes = lane.WriteTo(connection.Transport, connection.Output);
                    connection.Backlog.Changed(-bytes);
                    laneTurn++;
                    written += bytes;
                }

                if (closing || connection.IsLinkLost)
                {
                    return false;
                }

                WriteAnswers();

                if (lines.TryTakeUrgent(out stream))
                {
                    stream.WriteUrgent(connection.Output, ref after);
                    stream = null;
                }
                else if (!TryTakeData(out stream))
                {
                    return false;
                }
                else if (lines.IsEmpty && connection.Session is null)
                {
                    quantum = connection.Options.WriteBatchBytes - written; // nobody waits for the end of its turn, and nothing is bounded by turns
                }
            }

            after.Run(connection.Logger);
            written += stream?.Outbound.WriteTurn(connection.Output, quantum) ?? Frame.HeaderLength;
        }

        lock (connection.Gate)
        {
            return !lines.IsEmpty || !lane.IsEmpty || !answers.IsEmpty;
        }
    }

    // Gate held. As many bytes as there are; they are no more than the backlog may be, and the streams' share of the batch is not theirs.
    private void WriteAnswers()
    {
        if (!answers.IsEmpty)
        {
            int bytes = answers.WriteTo(connection.Output);
            connection.Backlog.Changed(-bytes);
        }
    }

    // Gate held. While too much is unacknowledged only answers go, which wait for nobody: the peer is not read while too many of them wait.
    private bool TryTakeData([NotNullWhen(true)] out ProtocolStream? stream)
    {
        if (connection.Session is { IsFull: true })
        {
            return lines.TryTakeAnswer(out stream);
        }

        lines.ReleaseHeld();
        return lines.TryTakeData(out stream);
    }

    // Gate held.
    private void AskForPosition(ResumableSession session)
    {
        byte[] data = session.StartProbe();
        int length = KeepAliveFrame.GetLength(data.Length);
        KeepAliveFrame.Write(lane.StartFrame(length), respond: true, session.ReceivedPosition, data);
        connection.Backlog.Changed(length);
    }
}
