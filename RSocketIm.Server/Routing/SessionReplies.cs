using RSocketIm.Protocol;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Protocol.Streams;
using RSocketIm.Server.Contracts;

namespace RSocketIm.Server.Routing;

/// <summary>One client's side of a <c>rooms.session</c>: takes what it says, and is the source of the acks and errors that answer.</summary>
/// <remarks>
/// The client may be <see cref="Window"/> operations ahead. Credit for a send comes back when its reply has been pulled, not
/// when it was committed: replies wait here until the client grants credit for them, and so there are never more of them
/// than the window. Operations without a reply give their credit back at once.
/// </remarks>
internal sealed class SessionReplies(SessionDesk desk, Caller caller, string room, InboundStream incoming) : PayloadSource, IPayloadReceiver
{
    // 64: at 10 ms from a send to its ack that is 6,400 messages a second from one client.
    internal const int Window = 64;

    private readonly Lock gate = new();
    private readonly Queue<byte[]> replies = new();
    private int owed;

    public void OnNext(PayloadView payload)
    {
        SessionOperation operation;
        try
        {
            operation = SessionOperation.Read(desk.Operations, caller.Format, payload.Data);
            if (operation.Op != SessionOperation.SendOp)
            {
                desk.Signal(caller, room, operation);
                Grant();
                return;
            }
        }
        catch (RecordFormatException error)
        {
            Reply(SessionDesk.Error(caller, MessageKey.Find(caller.Format, payload.Data), error.ToException()));
            return;
        }
        catch (RSocketException error)
        {
            Reply(SessionDesk.Error(caller, null, error));
            return;
        }

        // Started here and not behind the await of another: sends are committed in the order they came.
        ValueTask<byte[]> sending = desk.SendAsync(caller, room, operation);
        if (sending.IsCompletedSuccessfully)
        {
            Reply(sending.Result);
        }
        else
        {
            _ = ReplyLaterAsync(sending);
        }
    }

    public void OnComplete()
    {
        // The client has said all it had to say; it goes on reading.
    }

    public void OnError(RSocketException error)
    {
        // The stream is over, and whatever it was that ended it has told the client.
    }

    protected override void Attached()
    {
        incoming.Subscribe(this);
        incoming.Request(Window);
    }

    protected override PullStatus TryPull(out Payload payload)
    {
        lock (gate)
        {
            if (!replies.TryDequeue(out byte[]? reply))
            {
                payload = default;
                return PullStatus.Idle;
            }

            payload = new Payload(reply);
        }

        Grant();
        return PullStatus.Next;
    }

    private async Task ReplyLaterAsync(ValueTask<byte[]> sending) => Reply(await sending.ConfigureAwait(false));

    private void Reply(byte[] reply)
    {
        lock (gate)
        {
            replies.Enqueue(reply);
        }

        SignalReady();
    }

    private void Grant()
    {
        int n;
        lock (gate)
        {
            // In batches: one REQUEST_N for a quarter of the window.
            if (++owed < Window / 4)
            {
                return;
            }

            n = owed;
            owed = 0;
        }

        incoming.Request(n);
    }
}
