namespace RSocketIm.Protocol.Streams;

/// <summary>What a <see cref="PayloadSource"/> answers when it is asked for its next payload.</summary>
public enum PullStatus
{
    /// <summary>Nothing now. The source calls <see cref="PayloadSource.SignalReady"/> when that may have changed.</summary>
    Idle,

    /// <summary>A payload; there may be another.</summary>
    Next,

    /// <summary>A payload, and it was the last.</summary>
    NextAndComplete,

    /// <summary>No payload, and there will be none.</summary>
    Complete,
}
