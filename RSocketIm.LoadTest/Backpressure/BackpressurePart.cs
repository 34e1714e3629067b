namespace RSocketIm.LoadTest.Backpressure;

/// <summary>One part of a run.</summary>
/// <param name="Name">What was going on.</param>
/// <param name="Stalled">Feeds that were stalled.</param>
/// <param name="Publisher">From when a message was due to its acknowledgement.</param>
/// <param name="Readers">From when a message was due to its arrival at the readers that keep up in all parts.</param>
internal sealed record BackpressurePart(string Name, int Stalled, LatencyFigures Publisher, LatencyFigures Readers);
