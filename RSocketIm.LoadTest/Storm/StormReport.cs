using RSocketIm.LoadTest.Works;

namespace RSocketIm.LoadTest.Storm;

/// <summary>What those who stay felt of those who came and went.</summary>
/// <param name="Phases">One after the other.</param>
/// <param name="Violations">What was not answered, or was left of those who are gone. Empty when all is well.</param>
internal sealed record StormReport(IReadOnlyList<StormPhase> Phases, IReadOnlyList<string> Violations);

/// <summary>One part of it.</summary>
/// <param name="Name">Who came.</param>
/// <param name="PerSecond">How many a second.</param>
/// <param name="ServerCores">Processors that the server used, 0..n.</param>
/// <param name="Echo">Times of the echoes of those who stay, from due to answered.</param>
internal sealed record StormPhase(string Name, double PerSecond, double ServerCores, Latency Echo);
