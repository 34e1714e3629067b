using RSocketIm.LoadTest.Backpressure;

namespace RSocketIm.LoadTest.Replay;

/// <summary>What a <see cref="ReplayRun"/> saw.</summary>
/// <param name="IsDiskCold">Whether the system was made to forget the files before each figure.</param>
/// <param name="Figures">By size and readers.</param>
/// <param name="Broken">Readers that did not get everything, once and in order.</param>
internal sealed record ReplayReport(bool IsDiskCold, IReadOnlyList<ReplayFigures> Figures, IReadOnlyList<BrokenPromise> Broken);
