using RSocketIm.LoadTest.Backpressure;

namespace RSocketIm.LoadTest.Mixed;

/// <summary>One kind of operation over a run.</summary>
/// <param name="Operation">Which.</param>
/// <param name="Errors">How many failed.</param>
/// <param name="Times">How long those took that did not.</param>
internal sealed record MixedFigures(MixedOperation Operation, long Errors, LatencyFigures Times);
