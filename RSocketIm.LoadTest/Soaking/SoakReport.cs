namespace RSocketIm.LoadTest.Soaking;

/// <summary>What a soak showed.</summary>
/// <param name="Users">Users.</param>
/// <param name="Seed">Of what they did.</param>
/// <param name="Operations">How many of each kind.</param>
/// <param name="Compared">The server with every user there and idle, after the first minute and at the end.</param>
/// <param name="Violations">One sentence each; empty when all is well.</param>
/// <param name="Samples">One a second.</param>
internal sealed record SoakReport(
    int Users,
    ulong Seed,
    IReadOnlyDictionary<string, long> Operations,
    IReadOnlyList<SoakComparison> Compared,
    IReadOnlyList<string> Violations,
    IReadOnlyList<SoakSample> Samples);
