using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads;

namespace RSocketIm.LoadTest.Fuzzing.Sequences;

/// <summary>What a server must do with the frames of one connection, one after the other: a second, plain telling of the rules.</summary>
/// <remarks>Exact only while each frame is dealt with before the next is sent. Spec: Protocol.md; docs/protocol-coverage.md has the decisions where it is open.</remarks>
internal sealed class ConnectionModel
{
    public const int MaxStreams = 6;
    public const int MaxFrameLength = 4_096;
    public const int MaxSetupBytes = 1_024;

    public static readonly ReassemblyOptions Reassembly = new() { MaxPayloadBytes = 600, MaxPartials = 3, MaxPartialBytes = 1_000 };

    private readonly Dictionary<int, ModelStream> streams = [];
    private readonly Dictionary<int, ModelPartial> partials = [];
    private bool draining;

    /// <summary>Whether SETUP was accepted.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>Whether the server has ended the connection.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Codes of which one must be on stream 0 when the connection is closed; null: none.</summary>
    public ErrorCode[]? CloseCodes { get; private set; }

    /// <summary>Ids of open streams.</summary>
    public IReadOnlyCollection<int> Open => streams.Keys;

    /// <summary>Ids of payloads that are half sent.</summary>
    public IReadOnlyCollection<int> Half => partials.Keys;

    /// <summary>What must come because of the last frame, by stream.</summary>
    public Dictionary<int, ModelAnswer> Answers { get; } = [];

    /// <summary>The echo that the last frame must get.</summary>
    public byte[]? Echo { get; private set; }

    // A request counts from its first fragment on.
    private int OpenOrArriving => streams.Count + partials.Values.Count(static partial => partial.Type != FrameType.Payload);

    public bool IsOpenChannel(int id) => streams.TryGetValue(id, out ModelStream? stream) && stream.Type == FrameType.RequestChannel;

    /// <summary>Whether a request on this id would open a stream.</summary>
    public bool IsFree(int id) => (id & 1) == 1 && !streams.ContainsKey(id) && !partials.ContainsKey(id);

    /// <summary>The server has read this frame.</summary>
    public void Apply(FuzzFrame frame)
    {
        Answers.Clear();
        Echo = null;
        if (!IsOpen)
        {
            ErrorCode[]? codes = frame.Length > MaxSetupBytes ? [ErrorCode.InvalidSetup] : frame.JudgeSetup();
            IsOpen = codes is null;
            if (codes is not null)
            {
                Close(codes);
            }

            return;
        }

        if (!frame.HasHeader || frame.Length > MaxFrameLength)
        {
            Close([ErrorCode.ConnectionError]);
        }
        else if (!IsWellFormed(frame))
        {
            if (!frame.Has(FrameFlags.Ignore))
            {
                Close([ErrorCode.ConnectionError]);
            }
        }
        else
        {
            Dispatch(frame);
            if (draining && OpenOrArriving == 0 && !IsClosed)
            {
                Close(null);
            }
        }
    }

    private static bool IsWellFormed(FuzzFrame frame) => frame.Type switch
    {
        FrameType.RequestResponse or FrameType.RequestFireAndForget or FrameType.RequestStream or FrameType.RequestChannel or FrameType.Payload => frame.FitsContent,
        FrameType.RequestN or FrameType.Error => frame.Body.Length >= 4,
        FrameType.KeepAlive or FrameType.Lease => frame.Id != 0 || frame.Body.Length >= 8,
        FrameType.Cancel or FrameType.MetadataPush or FrameType.Setup or FrameType.ResumeOk => true,
        _ => false, // RESUME on a live connection, EXT and types that nobody knows
    };

    private void Dispatch(FuzzFrame frame)
    {
        switch (frame.Type)
        {
            case FrameType.RequestResponse or FrameType.RequestFireAndForget or FrameType.RequestStream or FrameType.RequestChannel:
                OnRequest(frame);
                break;
            case FrameType.Payload:
                OnPayload(frame);
                break;
            case FrameType.RequestN:
                OnRequestN(frame.Id, frame.Number);
                break;
            case FrameType.Cancel:
                partials.Remove(frame.Id);
                End(frame.Id);
                break;
            case FrameType.Error when frame.Id == 0:
                OnConnectionError((ErrorCode)frame.Number);
                break;
            case FrameType.Error:
                partials.Remove(frame.Id);
                End(frame.Id);
                break;
            case FrameType.KeepAlive when frame.Id == 0 && frame.Has(FrameFlags.Respond):
                Echo = frame.Body[8..].ToArray();
                break;
            default:
                break;
        }
    }

    private void OnConnectionError(ErrorCode code)
    {
        if (code == ErrorCode.ConnectionClose)
        {
            draining = true;
        }
        else if (code is not (ErrorCode.InvalidSetup or ErrorCode.UnsupportedSetup or ErrorCode.RejectedSetup or ErrorCode.RejectedResume))
        {
            Close(null);
        }
    }

    private void OnRequest(FuzzFrame frame)
    {
        if (!IsFree(frame.Id))
        {
            return;
        }

        int n = frame.Type.HasInitialRequestN ? frame.Number : 0;
        if (draining || OpenOrArriving >= MaxStreams)
        {
            Refuse(frame, ErrorCode.Rejected);
        }
        else if (n < 0)
        {
            Refuse(frame, ErrorCode.Invalid);
        }
        else
        {
            (byte[]? metadata, byte[] data) = frame.Content();
            if (!frame.Has(FrameFlags.Follows))
            {
                Start(frame.Id, frame.Type, n, frame.Type == FrameType.RequestChannel && frame.Has(FrameFlags.Complete), metadata, data);
                return;
            }

            ModelPartial partial = new(frame.Type, n) { Complete = frame.Type == FrameType.RequestChannel && frame.Has(FrameFlags.Complete) };
            if (Keep(frame.Id, partial, metadata, data) is { } code)
            {
                Refuse(frame, code);
            }
        }
    }

    private void Refuse(FuzzFrame frame, ErrorCode code)
    {
        if (frame.Type != FrameType.RequestFireAndForget)
        {
            Answer(frame.Id).Data.Add(Expectation.Error(code));
        }
    }

    private void OnPayload(FuzzFrame frame)
    {
        (byte[]? metadata, byte[] data) = frame.Content();
        bool follows = frame.Has(FrameFlags.Follows) && !frame.Has(FrameFlags.Complete);
        if (partials.TryGetValue(frame.Id, out ModelPartial? partial))
        {
            OnFragment(frame, partial, follows, metadata, data);
            return;
        }

        if (!streams.TryGetValue(frame.Id, out ModelStream? stream) || stream.Type != FrameType.RequestChannel
            || (frame.Flags & (FrameFlags.Next | FrameFlags.Complete | FrameFlags.Follows)) == 0)
        {
            return;
        }

        if (!follows)
        {
            Receive(stream, frame.Has(FrameFlags.Next), frame.Has(FrameFlags.Complete));
        }
        else if (!stream.InboundClosed && stream.InboundCredit.Available == 0)
        {
            Refuse(stream, ErrorCode.Canceled);
        }
        else if (Keep(frame.Id, new ModelPartial(FrameType.Payload, 0), metadata, data) is { } code)
        {
            Refuse(stream, code);
        }
    }

    private void OnFragment(FuzzFrame frame, ModelPartial partial, bool follows, byte[]? metadata, byte[] data)
    {
        if (Keep(frame.Id, partial, metadata, data) is { } code)
        {
            partials.Remove(frame.Id);
            if (streams.TryGetValue(frame.Id, out ModelStream? broken))
            {
                Refuse(broken, code);
            }
            else if (partial.Type != FrameType.RequestFireAndForget)
            {
                Answer(frame.Id).Data.Add(Expectation.Error(code));
            }

            return;
        }

        if (follows)
        {
            return;
        }

        partials.Remove(frame.Id);
        bool complete = partial.Complete || frame.Has(FrameFlags.Complete);
        if (partial.Type == FrameType.Payload)
        {
            Receive(streams[frame.Id], next: true, complete);
        }
        else
        {
            int n = (int)Math.Min(partial.InitialN + partial.EarlyGrants, int.MaxValue);
            Start(frame.Id, partial.Type, n, complete && partial.Type == FrameType.RequestChannel, partial.HasMetadata ? [.. partial.Metadata] : null, [.. partial.Data]);
        }
    }

    // The bounds in the order in which they are judged; null when the fragment is kept.
    private ErrorCode? Keep(int id, ModelPartial partial, byte[]? metadata, byte[] data)
    {
        bool first = !partials.ContainsKey(id);
        int incoming = (metadata?.Length ?? 0) + data.Length;
        int length = partial.Length + incoming;
        if (first && partials.Count >= Reassembly.MaxPartials)
        {
            return ErrorCode.Rejected;
        }

        if ((metadata is not null && partial.Data.Count > 0) || length > Reassembly.MaxPayloadBytes || partial.Fragments + 1 > 64 + (length / 32))
        {
            return ErrorCode.Invalid;
        }

        if (partials.Values.Sum(static each => each.Length) + incoming > Reassembly.MaxPartialBytes)
        {
            return ErrorCode.Rejected;
        }

        partial.Add(metadata, data);
        partials[id] = partial;
        return null;
    }

    private void OnRequestN(int id, int n)
    {
        if (streams.TryGetValue(id, out ModelStream? stream))
        {
            if (n > 0)
            {
                stream.Credit.Grant(n);
                Produce(stream);
            }
            else if (!stream.OutboundClosed)
            {
                Fail(stream, ErrorCode.Invalid);
            }
        }
        else if (partials.TryGetValue(id, out ModelPartial? partial))
        {
            if (n > 0)
            {
                partial.EarlyGrants += n;
                return;
            }

            partials.Remove(id);
            if (partial.Type != FrameType.RequestFireAndForget)
            {
                Answer(id).Data.Add(Expectation.Error(ErrorCode.Invalid));
            }
        }
    }

    private void Start(int id, FrameType type, int n, bool complete, byte[]? metadata, byte[] data)
    {
        if (type == FrameType.RequestFireAndForget)
        {
            return;
        }

        ModelStream stream = new(id, type, FuzzPlan.Parse(data));
        streams.Add(id, stream);
        stream.Credit.Grant(n);
        switch (stream.Plan.End)
        {
            case FuzzEnd.Refuse:
                Fail(stream, ErrorCode.Rejected);
                return;
            case FuzzEnd.Throw:
                Fail(stream, ErrorCode.ApplicationError);
                return;
            case FuzzEnd.Error when type == FrameType.RequestResponse:
                Fail(stream, FuzzResponder.OwnCode);
                return;
            case not (FuzzEnd.Never or FuzzEnd.NeverUntilCancelled) when type == FrameType.RequestResponse:
                Answer(id).Data.Add(Expectation.Payload(metadata, metadata is not null, data, complete: true));
                End(id);
                return;
            default:
                break;
        }

        if (type == FrameType.RequestResponse)
        {
            return;
        }

        if (type == FrameType.RequestChannel)
        {
            if (stream.Plan.Grant > 0)
            {
                stream.InboundCredit.Grant(stream.Plan.Grant);
                Note(stream, Expectation.RequestN(stream.Plan.Grant), certain: !complete);
            }

            stream.InboundClosed = complete;
        }

        Produce(stream);
    }

    // What the stream sends while it has credit.
    private void Produce(ModelStream stream)
    {
        while (!stream.OutboundClosed && stream.Type != FrameType.RequestResponse && stream.Credit.TrySpend())
        {
            if (stream.Sent < stream.Plan.Count)
            {
                Payload payload = stream.Plan.PayloadAt(stream.Sent++);
                bool last = stream.Sent == stream.Plan.Count && stream.Plan.End == FuzzEnd.CompleteWithLast;
                Answer(stream.Id).Data.Add(Expectation.Payload(payload.Metadata.Span, payload.HasMetadata, payload.Data.Span, last));
                if (last)
                {
                    OutboundDone(stream);
                }

                continue;
            }

            stream.Credit.GiveBack(); // the end needs none, but is found only by asking for more
            if (stream.Plan.End is FuzzEnd.Never or FuzzEnd.NeverUntilCancelled)
            {
                return;
            }

            if (stream.Plan.End == FuzzEnd.Error)
            {
                Fail(stream, FuzzResponder.OwnCode);
                return;
            }

            Answer(stream.Id).Data.Add(Expectation.End);
            OutboundDone(stream);
        }
    }

    private void OutboundDone(ModelStream stream)
    {
        stream.OutboundClosed = true;
        if (stream.Type != FrameType.RequestChannel || stream.InboundClosed)
        {
            End(stream.Id);
        }
    }

    private void Receive(ModelStream stream, bool next, bool complete)
    {
        if (stream.InboundClosed)
        {
            return;
        }

        if (next && !stream.InboundCredit.TrySpend())
        {
            Refuse(stream, ErrorCode.Canceled);
            return;
        }

        if (next && ++stream.Received == stream.Plan.StopAfter)
        {
            Note(stream, Expectation.Cancel, certain: true);
            complete = true;
        }
        else if (next && stream.Plan.Refills)
        {
            stream.InboundCredit.Grant(1);
            Note(stream, Expectation.RequestN(1), certain: !complete);
        }

        if (complete)
        {
            stream.InboundClosed = true;
            if (stream.OutboundClosed)
            {
                End(stream.Id);
            }
        }
    }

    // What the peer sent was wrong: ERROR, or where our direction is over already, CANCEL.
    private void Refuse(ModelStream stream, ErrorCode code)
    {
        if (stream.OutboundClosed)
        {
            Note(stream, Expectation.Cancel, certain: true);
            End(stream.Id);
        }
        else
        {
            Fail(stream, code);
        }
    }

    private void Fail(ModelStream stream, ErrorCode code)
    {
        Answer(stream.Id).Data.Add(Expectation.Error(code));
        End(stream.Id);
    }

    // With its stream, what was half sent on it is over: the id is free for another.
    private void End(int id)
    {
        if (streams.Remove(id))
        {
            partials.Remove(id);
        }
    }

    private void Note(ModelStream stream, Expectation control, bool certain)
    {
        ModelAnswer answer = Answer(stream.Id);
        (certain ? answer.Control : answer.MaybeControl).Add(control);
    }

    private ModelAnswer Answer(int id)
    {
        if (!Answers.TryGetValue(id, out ModelAnswer? answer))
        {
            Answers.Add(id, answer = new ModelAnswer());
        }

        return answer;
    }

    private void Close(ErrorCode[]? codes)
    {
        IsClosed = true;
        CloseCodes = codes;
        Answers.Clear();
        Echo = null;
    }
}
