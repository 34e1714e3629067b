using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Streams;

namespace RSocketIm.Protocol.Connections;

/// <summary>Opens the streams that the peer asks for and gives them to the responder. Read loop only.</summary>
internal sealed class RequestDispatcher(ConnectionCore connection, RSocketResponder responder)
{
    private int requestsInFlight;
    private ProtocolStream? spare; // of a request that was answered at once: its handler had nothing to do with it, and the next may have it

    /// <summary>Counts requests against the leases of the link in use; null: there are none.</summary>
    public LeaseIssuer? Leases { get; set; }

    /// <summary>Whether a request may be looked at: its id is the peer's and free, there is a lease for it, and the connection takes more.</summary>
    /// <param name="request">The request, whole or its first fragment: either way it counts once.</param>
    /// <param name="inUse">Whether fragments of another request with this id are waiting.</param>
    /// <param name="ignored">Set when the frame has no meaning at all; otherwise it was answered.</param>
    public bool TryAdmit(in RequestFrame request, bool inUse, out bool ignored)
    {
        int id = request.StreamId;
        int open;
        lock (connection.Gate)
        {
            ignored = inUse || !connection.Table.IsPeerId(id) || connection.Table.Contains(id);
            open = connection.Table.PeerCount + connection.Table.Arriving;
        }

        if (ignored)
        {
            return false;
        }

        if (connection.State != ConnectionState.Open)
        {
            return Refuse(request, ErrorCode.Rejected, "The connection takes no new streams.");
        }

        if (Leases is not null && !Leases.TryUse())
        {
            connection.Hit(ConnectionLimit.LeasedRequests);
            return Refuse(request, ErrorCode.Rejected, "There is no lease for this request.");
        }

        if (open >= connection.Options.MaxStreams)
        {
            connection.Hit(ConnectionLimit.Streams);
            return Refuse(request, ErrorCode.Rejected, $"At most {connection.Options.MaxStreams} streams may be open at a time.");
        }

        if (request.Type == FrameType.RequestResponse && Volatile.Read(ref requestsInFlight) >= connection.Options.MaxRequestsInFlight)
        {
            connection.Hit(ConnectionLimit.RequestsInFlight);
            return Refuse(request, ErrorCode.Rejected, $"At most {connection.Options.MaxRequestsInFlight} requests may be in flight at a time.");
        }

        // 0 is taken for "no credit yet": rsocket-js lets its users ask for that by mistake.
        return request.InitialRequestN >= 0 || Refuse(request, ErrorCode.Invalid, "The initial request(n) is outside 1..2147483647.");
    }

    /// <summary>Starts a request that is whole.</summary>
    public void Start(FrameType type, int streamId, int initialRequestN, bool complete, PayloadView request)
    {
        if (type == FrameType.RequestFireAndForget)
        {
            FireAndForget(request);
            return;
        }

        if (type == FrameType.RequestResponse)
        {
            Respond(streamId, request);
            return;
        }

        var stream = ProtocolStream.ForResponder(connection, type, streamId);
        lock (connection.Gate)
        {
            connection.Table.Add(streamId, stream);
            stream.Outbound.Grant(initialRequestN);
        }

        try
        {
            stream.Outbound.SetSource(
                type == FrameType.RequestStream ? responder.RequestStream(request, stream) : responder.RequestChannel(request, stream.Inbound!, stream));
        }
#pragma warning disable CA1031 // A handler is user code: whatever it throws ends its own stream, not the connection.
        catch (Exception error)
#pragma warning restore CA1031
        {
            Failed(stream, error);
        }

        if (complete && type == FrameType.RequestChannel)
        {
            stream.PayloadReceived(default, next: false, complete: true);
        }
    }

    /// <summary>REQUEST_N for an open stream.</summary>
    public void Grant(ProtocolStream stream, RequestNFrame frame)
    {
        if (!frame.IsValid)
        {
            stream.FailWith(new RSocketException(ErrorCode.Invalid, "REQUEST_N is outside 1..2147483647."));
            return;
        }

        lock (connection.Gate)
        {
            stream.Outbound.Grant(frame.N);
        }
    }

    private void FireAndForget(PayloadView request)
    {
        try
        {
            responder.FireAndForget(request);
        }
#pragma warning disable CA1031 // As above; fire-and-forget has no answer, not even an error.
        catch (Exception error)
#pragma warning restore CA1031
        {
            ConnectionLog.HandlerFailed(connection.Logger, connection.Transport.Description, "fire-and-forget", error);
        }
    }

    private void Respond(int streamId, PayloadView request)
    {
        ProtocolStream stream = spare is not null && spare.TryReuse(streamId) ? spare : ProtocolStream.ForResponder(connection, FrameType.RequestResponse, streamId);
        spare = null;
        connection.BeginRequest();
        ValueTask<Payload> response;
        try
        {
            response = responder.RequestResponseAsync(request, stream);
        }
#pragma warning disable CA1031 // As above.
        catch (Exception error)
#pragma warning restore CA1031
        {
            connection.Enter(stream);
            Failed(stream, error);
            return;
        }

        if (!response.IsCompletedSuccessfully)
        {
            connection.Enter(stream);
            Interlocked.Increment(ref requestsInFlight);
            _ = RespondLaterAsync(stream, response);
            return;
        }

        Payload answer = response.Result;
        if (connection.TryAnswerAtOnce(streamId, answer))
        {
            spare = stream;
            return;
        }

        // It goes out in fragments, over many turns; the bytes may be the request's, which are in the way of the next frame.
        connection.Enter(stream);
        stream.Answer(answer.HasMetadata ? new Payload(answer.Data.ToArray(), answer.Metadata.ToArray()) : new Payload(answer.Data.ToArray()));
    }

    private async Task RespondLaterAsync(ProtocolStream stream, ValueTask<Payload> response)
    {
        try
        {
            stream.Answer(await response.ConfigureAwait(false));
        }
#pragma warning disable CA1031 // As above.
        catch (Exception error)
#pragma warning restore CA1031
        {
            Failed(stream, error);
        }
        finally
        {
            Interlocked.Decrement(ref requestsInFlight);
        }
    }

    private void Failed(ProtocolStream stream, Exception error)
    {
        switch (error)
        {
            case RSocketException known:
                stream.FailWith(known);
                break;
            case OperationCanceledException when stream.Cancelled.IsCancellationRequested:
                break; // the handler gave up because the peer did; nobody waits for an answer
            default:
                StreamsLog.HandlerFailed(connection.Logger, stream.StreamId, stream.Type, error);
                stream.FailWith(new RSocketException(ErrorCode.ApplicationError, "The responder failed.", error));
                break;
        }
    }

    private bool Refuse(in RequestFrame request, ErrorCode code, string message)
    {
        // Fire-and-forget is never answered; it is dropped.
        if (request.Type != FrameType.RequestFireAndForget)
        {
            connection.Refuse(request.StreamId, code, message);
        }

        return false;
    }
}
