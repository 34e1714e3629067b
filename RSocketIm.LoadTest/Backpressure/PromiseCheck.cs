namespace RSocketIm.LoadTest.Backpressure;

/// <summary>What a feed promises its reader, one check each.</summary>
internal enum PromiseCheck
{
    /// <summary>Never more than was granted.</summary>
    Credit,

    /// <summary>No seq is left out.</summary>
    Complete,

    /// <summary>No seq comes twice.</summary>
    Once,

    /// <summary>Seqs come in their order.</summary>
    Order,

    /// <summary>Who asks for the rest gets it, however long it was silent.</summary>
    Rest,

    /// <summary>Nobody is cut off for being slow.</summary>
    Open,
}
