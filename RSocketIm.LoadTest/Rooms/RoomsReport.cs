using RSocketIm.LoadTest.Backpressure;

namespace RSocketIm.LoadTest.Rooms;

/// <summary>What a <see cref="RoomsRun"/> saw.</summary>
/// <param name="Figures">By number of rooms.</param>
/// <param name="Broken">Feeds that did not get everything, once and in order.</param>
internal sealed record RoomsReport(IReadOnlyList<RoomsFigures> Figures, IReadOnlyList<BrokenPromise> Broken)
{
    /// <summary>The dearest delivery as a multiple of the cheapest.</summary>
    public double Ratio => Figures.Max(static figures => figures.ServerMicroseconds) / Figures.Min(static figures => figures.ServerMicroseconds);
}
