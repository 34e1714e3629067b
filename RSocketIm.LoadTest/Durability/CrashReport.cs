namespace RSocketIm.LoadTest.Durability;

/// <summary>What killing the server showed.</summary>
/// <param name="Rounds">How often it was to be killed; fewer were run when something was wrong.</param>
/// <param name="Seed">Of the moments.</param>
/// <param name="Entries">Entries in all rooms at the end.</param>
/// <param name="Acknowledged">Messages that were acknowledged.</param>
/// <param name="Duplicates">Retries that the server recognised.</param>
/// <param name="Violations">One sentence each; empty when all is well.</param>
internal sealed record CrashReport(int Rounds, int Seed, long Entries, long Acknowledged, long Duplicates, IReadOnlyList<string> Violations);
