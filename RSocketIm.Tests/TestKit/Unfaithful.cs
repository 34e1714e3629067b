namespace RSocketIm.Tests.TestKit;

/// <summary>What an <see cref="UnfaithfulServer"/> does to its readers.</summary>
internal enum Unfaithful
{
    /// <summary>Nothing: it keeps every promise.</summary>
    Not,

    /// <summary>Takes every grant for 2^31-1: credit is not checked at all.</summary>
    IgnoresCredit,

    /// <summary>Takes the first grant of a stream for one more than it is.</summary>
    SendsOneTooMany,

    /// <summary>Leaves out a payload of each connection.</summary>
    LeavesOut,

    /// <summary>Sends a payload of each connection twice.</summary>
    Repeats,

    /// <summary>Sends a payload of each connection after the next of its stream.</summary>
    Swaps,

    /// <summary>Hears no more grants from now on.</summary>
    DoesNotHear,

    /// <summary>Ends the connections that have been silent when they speak again.</summary>
    CutsOff,
}
