namespace RSocketIm.Protocol.Streams;

/// <summary>The stream end that a <see cref="PayloadSource"/> talks to. Both methods may be called from any thread and more than once.</summary>
internal interface ISourceHost
{
    /// <summary>There may be something to pull.</summary>
    void SourceReady();

    /// <summary>The source is over: in order when <paramref name="error"/> is null.</summary>
    void SourceEnded(RSocketException? error);
}
