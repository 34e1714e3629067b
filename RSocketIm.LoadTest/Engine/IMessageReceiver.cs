namespace RSocketIm.LoadTest.Engine;

/// <summary>Takes what a socket brings, on the thread that turns its loop.</summary>
internal interface IMessageReceiver
{
    /// <summary>A whole message.</summary>
    /// <param name="socket">Where it came from; what is written to it now goes out together after the last message that is there.</param>
    /// <param name="message">In the receive buffer: gone when this returns.</param>
    void OnMessage(LoadSocket socket, ReadOnlySpan<byte> message);

    /// <summary>Nothing comes any more, and this side did not ask for that.</summary>
    void OnClosed(LoadSocket socket, string reason);
}
