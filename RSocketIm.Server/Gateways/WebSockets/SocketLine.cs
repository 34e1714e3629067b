using RSocketIm.Protocol.Streams;

namespace RSocketIm.Server.Gateways.WebSockets;

/// <summary>What waits to be written at one <c>/ws</c>: answers first, then the subscriptions that have both something to say and credit, in turn.</summary>
internal sealed class SocketLine
{
    private readonly Lock gate = new();
    private readonly Queue<byte[]> answers = new();
    private readonly Queue<SocketSubscription> line = new();

    /// <summary>Wakes the write loop.</summary>
    public AsyncSignal Wake { get; } = new();

    /// <summary>Whether there is anything to write.</summary>
    public bool HasWork
    {
        get
        {
            lock (gate)
            {
                return answers.Count > 0 || line.Count > 0;
            }
        }
    }

    /// <summary>Puts an answer in line. Who does holds one of the session's slots for it, which is their bound.</summary>
    public void Answer(byte[] message)
    {
        lock (gate)
        {
            answers.Enqueue(message);
        }

        Wake.Set();
    }

    /// <summary>A subscription may have something to say.</summary>
    public void Enter(SocketSubscription subscription)
    {
        lock (gate)
        {
            if (subscription.IsInLine || (subscription.Credit == 0 && !subscription.IsOver))
            {
                return; // without credit it waits for that; a feed that nobody reads is not parked and costs nothing
            }

            subscription.IsInLine = true;
            line.Enqueue(subscription);
        }

        Wake.Set();
    }

    /// <summary>Adds credit.</summary>
    public void Grant(SocketSubscription subscription, long n)
    {
        lock (gate)
        {
            subscription.Credit = subscription.Credit > long.MaxValue - n ? long.MaxValue : subscription.Credit + n;
        }

        Enter(subscription);
    }

    /// <summary>Takes the next answer.</summary>
    public bool TryTakeAnswer(out byte[] message)
    {
        lock (gate)
        {
            return answers.TryDequeue(out message!);
        }
    }

    /// <summary>Takes the next subscription out of the line, with the credit it has.</summary>
    public bool TryTakeTurn(out SocketSubscription subscription, out long credit)
    {
        lock (gate)
        {
            bool found = line.TryDequeue(out subscription!);
            credit = found ? subscription.Credit : 0;
            if (found)
            {
                // From here on a signal puts it back, so none is lost between its last look and the end of its turn.
                subscription.IsInLine = false;
            }

            return found;
        }
    }

    /// <summary>A turn is over.</summary>
    public void EndTurn(SocketSubscription subscription, long spent)
    {
        lock (gate)
        {
            subscription.Credit -= spent;
        }

        if (subscription.IsReady)
        {
            Enter(subscription);
        }
    }
}
