namespace RSocketIm.LoadTest.Fuzzing;

/// <summary>What a run tried and found.</summary>
/// <param name="Seed">Repeats it.</param>
/// <param name="Taken">How long it took.</param>
/// <param name="Counts">Per target.</param>
/// <param name="Findings">Empty when all was well.</param>
internal sealed record FuzzReport(ulong Seed, TimeSpan Taken, IReadOnlyList<FuzzCount> Counts, IReadOnlyList<FuzzFinding> Findings);
