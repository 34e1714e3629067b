using RSocketIm.Protocol;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Protocol.Streams;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Rooms;

namespace RSocketIm.Server.Routing;

/// <summary><c>messages.publish</c>: what comes in goes to a <see cref="SendWindow"/>, and its answers go out.</summary>
internal sealed class PublishSource : PayloadSource, IPayloadReceiver
{
    private readonly SendWindow window;
    private readonly MessageSend first;
    private readonly RecordFormat<MessageSend> messages;
    private readonly DataFormat format;
    private readonly InboundStream incoming;
    private readonly CancellationToken draining;
    private CancellationTokenRegistration drain;
    private volatile bool allCame;
    private bool hasAnswered;

    /// <summary>Opens the channel.</summary>
    /// <param name="window">The user's sends.</param>
    /// <param name="first">The first message.</param>
    /// <param name="messages">How messages are encoded.</param>
    /// <param name="format">In which format.</param>
    /// <param name="incoming">The messages after the first; credit is granted here.</param>
    /// <param name="draining">Ends the channel, once everything that came has been answered.</param>
    public PublishSource(
        SendWindow window, MessageSend first, RecordFormat<MessageSend> messages, DataFormat format, InboundStream incoming, CancellationToken draining)
    {
        this.window = window;
        this.messages = messages;
        this.format = format;
        this.incoming = incoming;
        this.draining = draining;
        this.first = first;
    }

    public void OnNext(PayloadView payload)
    {
        MessageSend message;
        try
        {
            message = messages.Read(format, payload.Data);
        }
        catch (RecordFormatException error)
        {
            window.Refuse(MessageKey.Find(format, payload.Data), error.ToException());
            return;
        }

        window.Send(message);
    }

    public void OnComplete()
    {
        allCame = true;
        SignalReady();
        CompleteIfDone();
    }

    public void OnError(RSocketException error)
    {
        // The stream is over, and whatever it was that ended it has told the client. What came is committed all the same.
    }

    protected override void Attached()
    {
        drain = draining.UnsafeRegister(static source => ((PublishSource)source!).GoOn(), this);
        incoming.Subscribe(this);
        window.Changed += GoOn;
        window.Send(first, first: true);
        GoOn();
    }

    protected override PullStatus TryPull(out Payload payload)
    {
        payload = default;
        if (!window.TryTake(out SendAnswer answer))
        {
            return allCame && window.IsEmpty ? PullStatus.Complete : PullStatus.Idle;
        }

        if (answer.Refusal is { } refusal && !hasAnswered)
        {
            throw refusal;
        }

        hasAnswered = true;
        payload = new Payload(Encode(answer));
        Grant();
        return allCame && window.IsEmpty ? PullStatus.NextAndComplete : PullStatus.Next;
    }

    protected override void Release()
    {
        drain.Dispose();
        window.Changed -= GoOn;
    }

    private void GoOn()
    {
        Grant();
        SignalReady();
        if (draining.IsCancellationRequested && window.IsEmpty)
        {
            SignalError(Refusal.Draining());
        }
    }

    private void Grant()
    {
        // Nothing comes any more when the server stops or the client has said its last.
        if (allCame || draining.IsCancellationRequested)
        {
            return;
        }

        int credit = window.TakeCredit();
        if (credit > 0)
        {
            incoming.Request(credit);
        }
    }

    private void CompleteIfDone()
    {
        if (window.IsEmpty)
        {
            SignalComplete();
        }
    }

    private byte[] Encode(SendAnswer answer)
    {
        if (answer.Sent is { } sent)
        {
            return MessageSent.Format.ToArray(format, sent);
        }

        RSocketException refusal = answer.Refusal!;
        ContractError code = ContractErrors.IsContractError(refusal.Code) ? (ContractError)(uint)refusal.Code : ContractError.Internal;
        return PublishError.Format.ToArray(format, new PublishError { Id = answer.Id, Error = code.ToBody(ContractErrors.SentenceOf(refusal.Message)) });
    }
}
