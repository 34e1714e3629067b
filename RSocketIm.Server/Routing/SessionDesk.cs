using RSocketIm.Protocol;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Server.Configuration;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Rooms;
using RSocketIm.Server.Signals;

namespace RSocketIm.Server.Routing;

/// <summary>Carries out what clients say in a <c>rooms.session</c>.</summary>
internal sealed class SessionDesk(ChatRooms rooms, RoomSignals signals, Receipts receipts, ServerSettings settings, ILogger<SessionDesk> log)
{
    /// <summary>What a client may say.</summary>
    public RecordFormat<SessionOperation> Operations { get; } = SessionOperation.CreateFormat(settings.Limits.MaxTextBytes);

    /// <summary>Sends a message.</summary>
    /// <returns>The reply: an ack, or an error.</returns>
    public async ValueTask<byte[]> SendAsync(Caller caller, string room, SessionOperation operation)
    {
        try
        {
            MessageSend message = new()
            {
                Room = room,
                Id = operation.Id!,
                Text = operation.Text!,
                ReplyTo = operation.ReplyTo,
                Mentions = operation.Mentions,
                Attachments = operation.Attachments,
                Meta = operation.Meta,
            };
            MessageSent sent = await rooms.SendAsync(caller.User, message, CancellationToken.None).ConfigureAwait(false);
            SessionAck ack = new() { Id = operation.Id!, Seq = sent.Seq, At = sent.At, Duplicate = sent.Duplicate };
            return SessionAck.Format.ToArray(caller.Format, ack);
        }
        catch (RSocketException error)
        {
            return Error(caller, operation.Id, error);
        }
#pragma warning disable CA1031 // Nobody awaits a session's sends: whatever happens is the reply.
        catch (Exception error)
#pragma warning restore CA1031
        {
            log.HandlerFailed(error, "rooms.session", caller.Connection);
            return Error(caller, operation.Id, Refusal.Internal());
        }
    }

    /// <summary>Carries out an operation that has no reply when it succeeds.</summary>
    /// <exception cref="RSocketException">It was refused.</exception>
    public void Signal(Caller caller, string room, SessionOperation operation)
    {
        if (operation.Op == SessionOperation.TypingOp)
        {
            signals.Type(caller.User, room);
        }
        else
        {
            receipts.Read(caller.User, room, operation.Seq!.Value);
        }
    }

    /// <summary>An error as a reply.</summary>
    /// <param name="caller">Who gets it.</param>
    /// <param name="id">Of the send that failed, if it was one and its id is known.</param>
    /// <param name="error">An error of the contract.</param>
    public static byte[] Error(Caller caller, string? id, RSocketException error)
    {
        ContractError code = ContractErrors.IsContractError(error.Code) ? (ContractError)(uint)error.Code : ContractError.Internal;
        SessionError reply = new() { Id = id, Code = (uint)code, Name = ContractErrors.NameOf(code), Message = ContractErrors.SentenceOf(error.Message) };
        return SessionError.Format.ToArray(caller.Format, reply);
    }
}
