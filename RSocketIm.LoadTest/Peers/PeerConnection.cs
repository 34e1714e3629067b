using RSocketIm.LoadTest.Engine;

namespace RSocketIm.LoadTest.Peers;

/// <summary>A connection to a peer, whatever it speaks: the same work on all of them.</summary>
/// <remarks>What is sent is encoded in <c>Prepare…</c>; a send copies it and writes its number over the old one.</remarks>
internal abstract class PeerConnection(ITextReceiver receiver)
{
    private int place;

    /// <summary>Which of the connections of a load it is.</summary>
    public required int Index { get; init; }

    /// <summary>Everything that was asked for has been confirmed: signed in, subscribed.</summary>
    public bool IsReady => Outstanding == 0;

    /// <summary>Publishes that the peer has confirmed, in whatever way it does.</summary>
    public int Acknowledged { get; protected set; }

    /// <summary>The next number that a subscriber is to get.</summary>
    public int Expected { get; set; }

    /// <summary>Confirmations that are still to come.</summary>
    protected int Outstanding { get; set; }

    /// <summary>The socket.</summary>
    protected abstract LoadSocket Socket { get; }

    /// <summary>Subscribes to a room or topic; its texts go to the receiver.</summary>
    public abstract void Join(string room);

    /// <summary>Makes ready for echoes.</summary>
    /// <param name="bytes">Of text.</param>
    public abstract void PrepareEcho(int bytes);

    /// <summary>Asks for a text back.</summary>
    public abstract void Echo(int number);

    /// <summary>Makes ready for sending to a room.</summary>
    /// <param name="room">The room or topic.</param>
    /// <param name="bytes">Of text.</param>
    public abstract void PreparePublish(string room, int bytes);

    /// <summary>Sends a text to all subscribers.</summary>
    public abstract void Publish(int number);

    /// <summary>Closes it.</summary>
    public void Close() => Socket.Close();

    /// <summary>Hands a text on, when there is one in the message.</summary>
    /// <returns>False when there is none.</returns>
    protected bool TryDeliver(ReadOnlySpan<byte> message)
    {
        if (!NumberedText.TryRead(message, ref place, out int number))
        {
            return false;
        }

        receiver.OnText(this, number);
        return true;
    }

    /// <summary>The same, of a message that is nothing but a text.</summary>
    protected void Deliver(ReadOnlySpan<byte> text) => receiver.OnText(this, NumberedText.Read(text));

    /// <summary>What a peer must not say.</summary>
    protected InvalidOperationException Unexpected(string what) => new($"{GetType().Name} {Index}: {what}");
}
