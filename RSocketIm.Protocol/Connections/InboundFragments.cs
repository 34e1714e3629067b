using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Streams;

namespace RSocketIm.Protocol.Connections;

/// <summary>Payloads of one connection of which some fragments have come, requests and elements alike, and what becomes of them.</summary>
/// <remarks>Belongs to the <see cref="FrameDispatcher"/>, which sees to it that one thread is in here at a time. Spec: Protocol.md, "Fragmentation and Reassembly".</remarks>
internal sealed class InboundFragments(ConnectionCore connection, RequestDispatcher requests) : IDisposable
{
    private Reassembler? reassembler; // most connections never need it
    private Dictionary<int, FrameType>? arriving; // requests whose last fragment has not come yet
    private Dictionary<int, long>? earlyGrants; // REQUEST_N for them
    private int endedStreams; // how many had ended when leftovers were last discarded

    private Reassembler Reassembler => reassembler ??= new Reassembler(connection.Options.Reassembly, connection.Options.TimeProvider);

    /// <summary>Whether a payload of this stream is half here.</summary>
    public bool Contains(int streamId) => reassembler is { IsEmpty: false } && reassembler.Contains(streamId);

    /// <summary>After a time without a link: no fragment is late for that.</summary>
    public void RestartClock() => reassembler?.RestartClock();

    /// <summary>The first fragment of a request came.</summary>
    public void Begin(in RequestFrame request)
    {
        (arriving ??= []).Add(request.StreamId, request.Type);
        connection.ArrivingChanged(1);
        ReassemblyOutcome outcome = Reassembler.Begin(request);
        if (outcome != ReassemblyOutcome.Incomplete)
        {
            Refuse(request.StreamId, outcome);
        }
    }

    /// <summary>The first fragment of an element came, which its stream may receive.</summary>
    public void Begin(in PayloadFrame payload)
    {
        ReassemblyOutcome outcome = Reassembler.Begin(payload);
        if (outcome != ReassemblyOutcome.Incomplete)
        {
            Refuse(payload.StreamId, outcome);
        }
    }

    /// <summary>A further fragment came; what is whole with it goes to its stream.</summary>
    public void Append(in PayloadFrame fragment)
    {
        ReassemblyOutcome outcome = Reassembler.Append(fragment, out PartialPayload? whole);
        if (outcome == ReassemblyOutcome.Incomplete)
        {
            return;
        }

        if (whole is null)
        {
            Refuse(fragment.StreamId, outcome);
            return;
        }

        using (whole)
        {
            var view = new PayloadView(whole.Data, whole.Metadata, whole.HasMetadata);
            if (whole.FirstType != FrameType.Payload)
            {
                requests.Start(whole.FirstType, whole.StreamId, TakeEarlyGrants(whole.StreamId, whole.InitialRequestN), whole.Complete, view);
                Arrived(whole.StreamId); // after the start: a drain must find one or the other
            }
            else if (connection.TryFind(whole.StreamId, out ProtocolStream? stream))
            {
                // Fragments without N are an element all the same: there is no other reason to fragment.
                stream.PayloadReceived(view, next: true, whole.Complete);
            }
        }
    }

    /// <summary>REQUEST_N came for a stream of which a payload is half here: if that is its request, it counts when the request is whole.</summary>
    public void Grant(RequestNFrame frame)
    {
        if (!frame.IsValid)
        {
            reassembler?.Discard(frame.StreamId);
            Refuse(frame.StreamId, ErrorCode.Invalid, "REQUEST_N is outside 1..2147483647.");
            return;
        }

        earlyGrants ??= [];
        earlyGrants[frame.StreamId] = earlyGrants.GetValueOrDefault(frame.StreamId) + frame.N;
    }

    /// <summary>Forgets what has come for a stream: it was cancelled or failed.</summary>
    public void Discard(int streamId)
    {
        if (reassembler is { IsEmpty: false })
        {
            reassembler.Discard(streamId);
            earlyGrants?.Remove(streamId);
            Arrived(streamId);
        }
    }

    /// <summary>Forgets elements whose stream this side has ended while they were half sent: their ids are free, and their bytes do not count.</summary>
    public void DiscardLeftovers()
    {
        if (reassembler is { IsEmpty: false } && endedStreams != connection.EndedStreams)
        {
            endedStreams = connection.EndedStreams;
            reassembler.DiscardExcept(id => arriving?.ContainsKey(id) == true || connection.TryFind(id, out _));
        }
    }

    /// <summary>Ends what has waited too long for its next fragment.</summary>
    public void DiscardExpired()
    {
        if (reassembler is not { IsEmpty: false })
        {
            return;
        }

        Span<int> expired = stackalloc int[16];
        for (int count; (count = reassembler.TakeExpired(expired)) > 0;)
        {
            foreach (int streamId in expired[..count])
            {
                connection.Hit(ConnectionLimit.FragmentAge);
                Refuse(streamId, ErrorCode.Canceled, "The next fragment took too long.");
            }
        }
    }

    public void Dispose() => reassembler?.Dispose();

    private static ConnectionLimit? LimitOf(ReassemblyOutcome outcome) => outcome switch
    {
        ReassemblyOutcome.PayloadTooLarge => ConnectionLimit.PayloadBytes,
        ReassemblyOutcome.TooManyFragments => ConnectionLimit.Fragments,
        ReassemblyOutcome.TooManyPartials => ConnectionLimit.PartialPayloads,
        ReassemblyOutcome.ConnectionBytesExceeded => ConnectionLimit.PartialBytes,
        _ => null,
    };

    private void Refuse(int streamId, ReassemblyOutcome outcome)
    {
        ConnectionLog.ReassemblyRefused(connection.Logger, streamId, outcome);
        ReassemblyOptions limits = connection.Options.Reassembly;
        string message = outcome switch
        {
            ReassemblyOutcome.PayloadTooLarge => $"A payload may have at most {limits.MaxPayloadBytes} bytes.",
            ReassemblyOutcome.TooManyFragments => "The payload comes in too many too small fragments.",
            ReassemblyOutcome.TooManyPartials => $"At most {limits.MaxPartials} payloads may be half sent at a time.",
            ReassemblyOutcome.ConnectionBytesExceeded => $"At most {limits.MaxPartialBytes} bytes of payloads may be half sent at a time.",
            _ => "Metadata came after data.",
        };
        if (LimitOf(outcome) is { } limit)
        {
            connection.Hit(limit);
        }

        ErrorCode code = outcome is ReassemblyOutcome.TooManyPartials or ReassemblyOutcome.ConnectionBytesExceeded ? ErrorCode.Rejected : ErrorCode.Invalid;
        Refuse(streamId, code, message);
    }

    private void Refuse(int streamId, ErrorCode code, string message)
    {
        earlyGrants?.Remove(streamId);
        if (connection.TryFind(streamId, out ProtocolStream? stream))
        {
            stream.Refuse(new RSocketException(code, message));
            return;
        }

        // Where no request is arriving, it was an element of a stream that is over: nothing is said on it any more.
        if (arriving is not null && arriving.TryGetValue(streamId, out FrameType type) && type != FrameType.RequestFireAndForget)
        {
            connection.Refuse(streamId, code, message); // but fire-and-forget is never answered, not even when it is refused
        }

        Arrived(streamId); // last: it may be what a drain waits for, and nothing is said after that
    }

    private void Arrived(int streamId)
    {
        if (arriving?.Remove(streamId) == true)
        {
            connection.ArrivingChanged(-1);
        }
    }

    private int TakeEarlyGrants(int streamId, int initialRequestN) =>
        earlyGrants is not null && earlyGrants.Remove(streamId, out long early) && initialRequestN >= 0
            ? (int)Math.Min(initialRequestN + early, int.MaxValue)
            : initialRequestN;
}
