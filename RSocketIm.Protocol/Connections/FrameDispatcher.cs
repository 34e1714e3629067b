using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Streams;

namespace RSocketIm.Protocol.Connections;

/// <summary>Gives each frame of an accepted connection to the stream, or the part of the connection, that it is for. Read loop only.</summary>
/// <remarks>What a frame may be ignored for is in the spec under "Handling the Unexpected".</remarks>
internal sealed class FrameDispatcher(ConnectionCore connection, RequestDispatcher requests, RSocketResponder responder) : IDisposable
{
    private readonly Lock turn = new(); // held by the read loop while it deals with what it has read; the timer takes it only when nobody has it
    private readonly InboundFragments fragments = new(connection, requests);
    private ITimer? expiry;
    private KeepAlive? keepAlive; // of the link in use
    private int ignoredInARow;

    /// <summary>Serves a link, the first or another one: half-assembled payloads go on where they were.</summary>
    public void Begin(KeepAlive keepAliveOfLink, LeaseIssuer? leasesOfLink)
    {
        lock (turn)
        {
            keepAlive = keepAliveOfLink;
            requests.Leases = leasesOfLink;
            fragments.RestartClock();
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

    /// <summary>The read loop is at work until the scope ends: the timer keeps away.</summary>
    public Lock.Scope EnterTurn() => turn.EnterScope();

    /// <summary>Deals with one frame, within a turn.</summary>
    /// <exception cref="ProtocolViolationException">The frame breaks the protocol for the whole connection.</exception>
    public void Dispatch(in Frame frame)
    {
        fragments.DiscardLeftovers();
        try
        {
            DispatchKnown(frame);
        }
        catch (ProtocolViolationException) when (frame.Has(FrameFlags.Ignore))
        {
            Ignored(); // the sender allowed it: what cannot be understood is skipped
        }
    }

    /// <summary>Ends what has waited too long for its next fragment.</summary>
    public void DiscardExpiredFragments()
    {
        lock (turn)
        {
            fragments.DiscardExpired();
        }
    }

    public void Dispose()
    {
        lock (turn)
        {
            expiry?.Dispose();
            fragments.Dispose();
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
                    fragments.DiscardExpired();
                }
            }
            finally
            {
                turn.Exit();
            }
        }

        // Otherwise the read loop is at work, and looks itself when it is through.
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
        if (!requests.TryAdmit(request, inUse: fragments.Contains(request.StreamId), out bool ignored))
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
            WatchFragments();
            fragments.Begin(request);
            return;
        }

        requests.Start(
            request.Type, request.StreamId, request.InitialRequestN, request.Complete, new PayloadView(request.Data, request.Metadata, request.HasMetadata));
    }

    private void OnPayload(in PayloadFrame payload)
    {
        if (fragments.Contains(payload.StreamId))
        {
            fragments.Append(payload);
            return;
        }

        if (!connection.TryFind(payload.StreamId, out ProtocolStream? stream) || !(payload.Next || payload.Complete || payload.Follows))
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
        fragments.Begin(payload);
    }

    private void OnRequestN(RequestNFrame frame)
    {
        if (connection.TryFind(frame.StreamId, out ProtocolStream? stream))
        {
            ignoredInARow = 0;
            requests.Grant(stream, frame);
        }
        else if (fragments.Contains(frame.StreamId))
        {
            fragments.Grant(frame);
        }
        else
        {
            Ignored();
        }
    }

    private void OnCancel(int streamId)
    {
        fragments.Discard(streamId);
        if (connection.TryFind(streamId, out ProtocolStream? stream))
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

        fragments.Discard(error.StreamId);
        if (connection.TryFind(error.StreamId, out ProtocolStream? stream))
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

    private void Ignored()
    {
        if (++ignoredInARow > connection.Options.MaxIgnoredFrames)
        {
            connection.Hit(ConnectionLimit.IgnoredFrames);
            throw new ProtocolViolationException($"More than {connection.Options.MaxIgnoredFrames} frames in a row had no meaning.");
        }
    }
}
