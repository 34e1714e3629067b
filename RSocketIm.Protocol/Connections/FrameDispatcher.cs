using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Streams;

namespace RSocketIm.Protocol.Connections;

/// <summary>Gives each frame of an accepted connection to the stream, or the part of the connection, that it is for. Read loop only.</summary>
/// <remarks>What a frame may be ignored for is in the spec under "Handling the Unexpected".</remarks>
internal sealed class FrameDispatcher(ConnectionCore connection, RequestDispatcher requests, RSocketResponder responder) : IDisposable
{
    private readonly Lock turn = new(); // held by the read loop while it deals with a frame; the timer takes it only when nobody has it
    private readonly Reassembler reassembler = new(connection.Options.Reassembly, connection.Options.TimeProvider);
    private ITimer? expiry;
    private Dictionary<int, long>? earlyGrants; // REQUEST_N for requests whose last fragment has not come yet
    private KeepAlive? keepAlive;               // of the link in use
    private Dictionary<int, FrameType>? arriving; // requests whose last fragment has not come yet
    private int endedStreams; // how many had ended when leftovers were last discarded
    private int ignoredInARow;

    /// <summary>Serves a link, the first or another one: half-assembled payloads go on where they were.</summary>
    public void Begin(KeepAlive keepAliveOfLink, LeaseIssuer? leasesOfLink)
    {
        lock (turn)
        {
            keepAlive = keepAliveOfLink;
            requests.Leases = leasesOfLink;
            reassembler.RestartClock();
        }
    }

    /// <summary>A link is over: while there is none, no fragment is late.</summary>
    public void End()
    {
        lock (turn)
        {
            keepAlive = null;
        }
    }

    /// <exception cref="ProtocolViolationException">The frame breaks the protocol for the whole connection.</exception>
    public void Dispatch(in Frame frame)
    {
        lock (turn)
        {
            DiscardLeftovers();
            try
            {
                DispatchKnown(frame);
            }
            catch (ProtocolViolationException) when (frame.Has(FrameFlags.Ignore))
            {
                Ignored(); // the sender allowed it: what cannot be understood is skipped
            }
        }
    }

    /// <summary>Ends what has waited too long for its next fragment.</summary>
    public void DiscardExpiredFragments()
    {
        lock (turn)
        {
            DiscardExpired();
        }
    }

    public void Dispose()
    {
        lock (turn)
        {
            expiry?.Dispose();
            reassembler.Dispose();
        }
    }

    // A peer that falls silent in the middle of a payload leaves the read loop nothing to do, and its fragments are not to stay for that.
    private void WatchFragments()
    {
        TimeSpan age = connection.Options.Reassembly.MaxAge;
        expiry ??= connection.Options.TimeProvider.CreateTimer(static state => ((FrameDispatcher)state!).LookAfterFragments(), this, age, age);
    }

    private void LookAfterFragments()
    {
        if (turn.TryEnter())
        {
            try
            {
                if (keepAlive is not null)
                {
                    DiscardExpired();
                }
            }
            finally
            {
                turn.Exit();
            }
        }

        // Otherwise the read loop is at work, and looks itself when it is through.
    }

    private void DiscardExpired()
    {
        if (reassembler.IsEmpty)
        {
            return;
        }

        Span<int> expired = stackalloc int[16];
        for (int count; (count = reassembler.TakeExpired(expired)) > 0;)
        {
            foreach (int streamId in expired[..count])
            {
                connection.Hit(ConnectionLimit.FragmentAge);
                RefuseFragments(streamId, ErrorCode.Canceled, "The next fragment took too long.");
            }
        }
    }

    private void DispatchKnown(in Frame frame)
    {
        switch (frame.Type)
        {
            case FrameType.RequestResponse or FrameType.RequestFireAndForget or FrameType.RequestStream or FrameType.RequestChannel:
                OnRequest(RequestFrame.Read(frame));
                break;
            case FrameType.Payload:
                OnPayload(PayloadFrame.Read(frame));
                break;
            case FrameType.RequestN:
                OnRequestN(RequestNFrame.Read(frame));
                break;
            case FrameType.Cancel:
                OnCancel(frame.StreamId);
                break;
            case FrameType.Error:
                OnError(ErrorFrame.Read(frame));
                break;
            case FrameType.KeepAlive when frame.StreamId == 0:
                keepAlive!.Received(KeepAliveFrame.Read(frame));
                break;
            case FrameType.Lease when frame.StreamId == 0:
                LeaseFrame lease = LeaseFrame.Read(frame);
                connection.LeaseReceived(lease.NumberOfRequests, lease.TimeToLiveMilliseconds);
                break;
            case FrameType.MetadataPush when frame.StreamId == 0:
                OnMetadataPush(MetadataPushFrame.Read(frame));
                break;
            case FrameType.Resume:
                throw new ProtocolViolationException("RESUME came on a connection that is set up already.");
            case FrameType.Setup or FrameType.ResumeOk or FrameType.KeepAlive or FrameType.Lease or FrameType.MetadataPush:
                Ignored(); // a second SETUP, or a frame of the connection on a stream
                break;
            case FrameType.Extension:
                ExtensionFrame extension = ExtensionFrame.Read(frame);
                throw new ProtocolViolationException($"Extended frame type 0x{extension.ExtendedType:X} is not known here.");
            default:
                throw new ProtocolViolationException($"Frame type 0x{(int)frame.Type:X2} is not known here.");
        }
    }

    private void OnRequest(in RequestFrame request)
    {
        if (!requests.TryAdmit(request, inUse: reassembler.Contains(request.StreamId), out bool ignored))
        {
            if (ignored)
            {
                Ignored();
            }

            return;
        }

        ignoredInARow = 0;
        if (request.Follows)
        {
            (arriving ??= []).Add(request.StreamId, request.Type);
            connection.ArrivingChanged(1);
            WatchFragments();
            ReassemblyOutcome outcome = reassembler.Begin(request);
            if (outcome != ReassemblyOutcome.Incomplete)
            {
                RefuseFragments(request.StreamId, outcome);
            }

            return;
        }

        requests.Start(
            request.Type, request.StreamId, request.InitialRequestN, request.Complete, new PayloadView(request.Data, request.Metadata, request.HasMetadata));
    }

    private void OnPayload(in PayloadFrame payload)
    {
        if (!reassembler.IsEmpty && reassembler.Contains(payload.StreamId))
        {
            OnFragment(payload);
            return;
        }

        if (!TryFind(payload.StreamId, out ProtocolStream? stream) || !(payload.Next || payload.Complete || payload.Follows))
        {
            Ignored();
            return;
        }

        ignoredInARow = 0;
        if (!payload.Follows)
        {
            stream.PayloadReceived(new PayloadView(payload.Data, payload.Metadata, payload.HasMetadata), payload.Next, payload.Complete);
            return;
        }

        if (stream.Inbound is not { } inbound)
        {
            return;
        }

        bool mayReceive;
        lock (connection.Gate)
        {
            mayReceive = inbound.MayReceive;
        }

        if (!mayReceive)
        {
            stream.CreditExceeded(); // before a byte of it is kept
            return;
        }

        WatchFragments();
        ReassemblyOutcome outcome = reassembler.Begin(payload);
        if (outcome != ReassemblyOutcome.Incomplete)
        {
            RefuseFragments(payload.StreamId, outcome);
        }
    }

    private void OnFragment(in PayloadFrame fragment)
    {
        ReassemblyOutcome outcome = reassembler.Append(fragment, out PartialPayload? whole);
        if (outcome == ReassemblyOutcome.Incomplete)
        {
            return;
        }

        if (whole is null)
        {
            RefuseFragments(fragment.StreamId, outcome);
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
            else if (TryFind(whole.StreamId, out ProtocolStream? stream))
            {
                // Fragments without N are an element all the same: there is no other reason to fragment.
                stream.PayloadReceived(view, next: true, whole.Complete);
            }
        }
    }

    private void OnRequestN(RequestNFrame frame)
    {
        if (TryFind(frame.StreamId, out ProtocolStream? stream))
        {
            ignoredInARow = 0;
            requests.Grant(stream, frame);
        }
        else if (reassembler.Contains(frame.StreamId))
        {
            if (!frame.IsValid)
            {
                reassembler.Discard(frame.StreamId);
                RefuseFragments(frame.StreamId, ErrorCode.Invalid, "REQUEST_N is outside 1..2147483647.");
                return;
            }

            earlyGrants ??= [];
            earlyGrants[frame.StreamId] = earlyGrants.GetValueOrDefault(frame.StreamId) + frame.N;
        }
        else
        {
            Ignored();
        }
    }

    private void OnCancel(int streamId)
    {
        DiscardFragments(streamId);
        if (TryFind(streamId, out ProtocolStream? stream))
        {
            ignoredInARow = 0;
            stream.CancelReceived();
        }
        else
        {
            Ignored();
        }
    }

    private void OnError(in ErrorFrame error)
    {
        if (error.StreamId == 0)
        {
            OnConnectionError(error.Code, error.Message);
            return;
        }

        DiscardFragments(error.StreamId);
        if (TryFind(error.StreamId, out ProtocolStream? stream))
        {
            ignoredInARow = 0;
            stream.Fail(new RSocketException(error.Code, error.Message));
        }
        else
        {
            Ignored();
        }
    }

    private void OnConnectionError(ErrorCode code, string message)
    {
        if (!connection.IsClient && code is ErrorCode.InvalidSetup or ErrorCode.UnsupportedSetup or ErrorCode.RejectedSetup or ErrorCode.RejectedResume)
        {
            Ignored(); // only a server says these
            return;
        }

        ConnectionLog.PeerError(connection.Logger, connection.Transport.Description, code, ConnectionLog.Tame(message));
        if (code == ErrorCode.ConnectionClose)
        {
            connection.Drain(peerAsked: true);
        }
        else
        {
            connection.BeginClose(null, message, new RSocketException(code, message));
        }
    }

    private void OnMetadataPush(in MetadataPushFrame push)
    {
        if (!push.HasMetadata)
        {
            Ignored();
            return;
        }

        try
        {
            responder.MetadataPush(new PayloadView(default, push.Metadata, hasMetadata: true));
        }
#pragma warning disable CA1031 // A handler is user code, and METADATA_PUSH has no answer.
        catch (Exception error)
#pragma warning restore CA1031
        {
            ConnectionLog.HandlerFailed(connection.Logger, connection.Transport.Description, "metadata push", error);
        }
    }

    private bool TryFind(int streamId, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out ProtocolStream? stream)
    {
        lock (connection.Gate)
        {
            return connection.Table.TryGet(streamId, out stream);
        }
    }

    private void RefuseFragments(int streamId, ReassemblyOutcome outcome)
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
        RefuseFragments(streamId, code, message);
    }

    private void RefuseFragments(int streamId, ErrorCode code, string message)
    {
        earlyGrants?.Remove(streamId);
        if (TryFind(streamId, out ProtocolStream? stream))
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

    // An element is half sent when this side ends its stream: what came of it belongs to nothing. Its id is free, and its bytes do not count.
    private void DiscardLeftovers()
    {
        if (!reassembler.IsEmpty && endedStreams != connection.EndedStreams)
        {
            endedStreams = connection.EndedStreams;
            reassembler.DiscardExcept(id => arriving?.ContainsKey(id) == true || TryFind(id, out _));
        }
    }

    private void DiscardFragments(int streamId)
    {
        if (!reassembler.IsEmpty)
        {
            reassembler.Discard(streamId);
            earlyGrants?.Remove(streamId);
            Arrived(streamId);
        }
    }

    private void Arrived(int streamId)
    {
        if (arriving?.Remove(streamId) == true)
        {
            connection.ArrivingChanged(-1);
        }
    }

    private static ConnectionLimit? LimitOf(ReassemblyOutcome outcome) => outcome switch
    {
        ReassemblyOutcome.PayloadTooLarge => ConnectionLimit.PayloadBytes,
        ReassemblyOutcome.TooManyFragments => ConnectionLimit.Fragments,
        ReassemblyOutcome.TooManyPartials => ConnectionLimit.PartialPayloads,
        ReassemblyOutcome.ConnectionBytesExceeded => ConnectionLimit.PartialBytes,
        _ => null,
    };

    private int TakeEarlyGrants(int streamId, int initialRequestN) =>
        earlyGrants is not null && earlyGrants.Remove(streamId, out long early) && initialRequestN >= 0
            ? (int)Math.Min(initialRequestN + early, int.MaxValue)
            : initialRequestN;

    private void Ignored()
    {
        if (++ignoredInARow > connection.Options.MaxIgnoredFrames)
        {
            connection.Hit(ConnectionLimit.IgnoredFrames);
            throw new ProtocolViolationException($"More than {connection.Options.MaxIgnoredFrames} frames in a row had no meaning.");
        }
    }
}
