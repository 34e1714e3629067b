namespace RSocketIm.LoadTest.Mixed;

/// <summary>What a <see cref="MixedRun"/> saw.</summary>
/// <param name="Figures">By operation.</param>
/// <param name="Read">Entries that the feeds brought.</param>
/// <param name="Violations">Operations that failed, and feeds that did not bring every entry once and in order.</param>
internal sealed record MixedReport(IReadOnlyList<MixedFigures> Figures, long Read, IReadOnlyList<string> Violations);
