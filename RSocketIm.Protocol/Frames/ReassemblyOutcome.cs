namespace RSocketIm.Protocol.Frames;

/// <summary>What became of a payload after one more fragment.</summary>
/// <remarks>After all but <see cref="Incomplete"/> and <see cref="Whole"/> the fragments are gone, and the stream ends with an ERROR.</remarks>
public enum ReassemblyOutcome
{
    /// <summary>Kept; more fragments follow.</summary>
    Incomplete,

    /// <summary>The last fragment has come.</summary>
    Whole,

    /// <summary>The payload exceeds <see cref="ReassemblyOptions.MaxPayloadBytes"/>.</summary>
    PayloadTooLarge,

    /// <summary>The payload comes in more pieces than its size justifies; see <see cref="ReassemblyOptions.GetMaxFragments"/>.</summary>
    TooManyFragments,

    /// <summary>The connection has <see cref="ReassemblyOptions.MaxPartials"/> incomplete payloads already.</summary>
    TooManyPartials,

    /// <summary>The connection's incomplete payloads together exceed <see cref="ReassemblyOptions.MaxPartialBytes"/>.</summary>
    ConnectionBytesExceeded,

    /// <summary>A fragment has metadata although one before it had data.</summary>
    MetadataAfterData,
}
