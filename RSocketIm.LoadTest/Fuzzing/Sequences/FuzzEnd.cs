namespace RSocketIm.LoadTest.Fuzzing.Sequences;

/// <summary>How a planned answer ends.</summary>
internal enum FuzzEnd
{
    /// <summary>COMPLETE with the last payload; a single response echoes.</summary>
    CompleteWithLast,

    /// <summary>COMPLETE by itself; a single response echoes.</summary>
    CompleteAfter,

    /// <summary>An ERROR of the application's own code.</summary>
    Error,

    /// <summary>Never.</summary>
    Never,

    /// <summary>Never, and the handler waits for being cancelled.</summary>
    NeverUntilCancelled,

    /// <summary>The handler throws with a code.</summary>
    Refuse,

    /// <summary>The handler throws something else.</summary>
    Throw,
}
