namespace RSocketIm.LoadTest.Backpressure;

/// <summary>A promise that a server did not keep.</summary>
/// <param name="Check">Which.</param>
/// <param name="Stream">To whom.</param>
/// <param name="Sentence">What it got instead.</param>
internal sealed record BrokenPromise(PromiseCheck Check, string Stream, string Sentence);
