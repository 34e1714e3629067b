using RSocketIm.Protocol;
using RSocketIm.Server.Contracts;

namespace RSocketIm.Server.Rooms;

/// <summary>A stream of sends by one user, answered in the order in which they came, and the credit that its sender may have meanwhile.</summary>
/// <remarks>
/// <para>Knows nothing of the wire: an adapter hands in what came, grants what <see cref="TakeCredit"/> says, and takes the
/// answers as it can send them. Serves <c>messages.publish</c>.</para>
/// <para>Credit comes back as commits finish, so the sender goes as fast as the disk. Answers that the sender does not
/// collect hold credit back too, once there are <paramref name="maxAnswers"/> of them: they are the memory it may use.</para>
/// </remarks>
/// <param name="send">Commits a message.</param>
/// <param name="window">Sends under way at a time, 1 or more.</param>
/// <param name="maxAnswers">Answers that may wait to be taken, those of sends under way included; <paramref name="window"/> or more.</param>
internal sealed class SendWindow(Func<MessageSend, ValueTask<MessageSent>> send, int window, int maxAnswers)
{
    /// <summary>Sends under way at a time: at 1 ms a commit they are 64,000 a second from one stream.</summary>
    public const int DefaultWindow = 64;

    /// <summary>Answers that wait, at most; each is some 100 bytes.</summary>
    public const int DefaultMaxAnswers = 1024;

    private readonly Lock gate = new();
    private readonly Queue<Slot> slots = new();
    private int granted;
    private int underWay;

    /// <summary>Raised, on any thread, when there may be an answer to take or credit to grant.</summary>
    public event Action? Changed;

    /// <summary>Whether every send has been answered and every answer taken.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (gate)
            {
                return slots.Count == 0;
            }
        }
    }

    /// <summary>Takes in a message that came.</summary>
    /// <param name="request">The message. Not to be changed any more.</param>
    /// <param name="first">Whether it came with the request itself, which needs no credit.</param>
    public void Send(MessageSend request, bool first = false)
    {
        Slot slot = Add(request.Id, first);
        ValueTask<MessageSent> answer;
        try
        {
            answer = send(request);
        }
        catch (RSocketException refusal)
        {
            Finish(slot, null, refusal);
            return;
        }

        _ = WaitAsync(slot, answer);
    }

    /// <summary>Takes in something that came and is no message, to be answered with an error in its turn.</summary>
    /// <param name="id">The sender's id for it, where that could be read.</param>
    /// <param name="refusal">What is wrong with it.</param>
    public void Refuse(string? id, RSocketException refusal) => Finish(Add(id, first: false), null, refusal);

    /// <summary>Credit that the sender may be given now; counts as given.</summary>
    public int TakeCredit()
    {
        lock (gate)
        {
            int most = Math.Min(window - underWay, maxAnswers - slots.Count);
            int credit = Math.Max(0, most - granted);
            granted += credit;
            return credit;
        }
    }

    /// <summary>Takes the next answer, if that send has been answered.</summary>
    public bool TryTake(out SendAnswer answer)
    {
        lock (gate)
        {
            if (!slots.TryPeek(out Slot? slot) || slot.Answer is not { } ready)
            {
                answer = default;
                return false;
            }

            slots.Dequeue();
            answer = ready;
            return true;
        }
    }

    private Slot Add(string? id, bool first)
    {
        Slot slot = new(id);
        lock (gate)
        {
            slots.Enqueue(slot);
            underWay++;
            granted -= first ? 0 : 1;
        }

        return slot;
    }

    private async Task WaitAsync(Slot slot, ValueTask<MessageSent> answer)
    {
        try
        {
            Finish(slot, await answer.ConfigureAwait(false), null);
        }
        catch (RSocketException refusal)
        {
            Finish(slot, null, refusal);
        }
        catch (OperationCanceledException)
        {
            // The stream is over, and nobody will take this; the slot must not stay open all the same.
            Finish(slot, null, Refusal.Draining());
        }
    }

    private void Finish(Slot slot, MessageSent? sent, RSocketException? refusal)
    {
        lock (gate)
        {
            slot.Answer = new SendAnswer(slot.Id, sent, refusal);
            underWay--;
        }

        Changed?.Invoke();
    }

    private sealed class Slot(string? id)
    {
        public string? Id => id;

        public SendAnswer? Answer { get; set; }
    }
}
