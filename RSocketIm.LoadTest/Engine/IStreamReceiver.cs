namespace RSocketIm.LoadTest.Engine;

/// <summary>Takes the frames of streams that it asked for, on the thread that turns the loop.</summary>
internal interface IStreamReceiver
{
    /// <summary>A PAYLOAD.</summary>
    /// <param name="session">Where it came from.</param>
    /// <param name="stream">The stream's id.</param>
    /// <param name="data">Its data; gone when this returns.</param>
    /// <param name="complete">It was the last. A frame that only says so has no data.</param>
    void OnPayload(RSocketSession session, int stream, ReadOnlySpan<byte> data, bool complete);

    /// <summary>An ERROR: the last frame of the stream.</summary>
    void OnError(RSocketSession session, int stream, string error);
}
