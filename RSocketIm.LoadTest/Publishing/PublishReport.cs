namespace RSocketIm.LoadTest.Publishing;

/// <summary>What a <see cref="PublishRun"/> saw.</summary>
/// <param name="Rounds">Round by round.</param>
/// <param name="Violations">Rooms whose logs are not exactly what was acknowledged.</param>
internal sealed record PublishReport(IReadOnlyList<PublishFigures> Rounds, IReadOnlyList<string> Violations);
