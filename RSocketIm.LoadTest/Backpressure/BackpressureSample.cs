namespace RSocketIm.LoadTest.Backpressure;

/// <summary>The server at one moment.</summary>
/// <param name="Second">Since the run began.</param>
/// <param name="Part">What was going on.</param>
/// <param name="Stalled">Feeds that are stalled.</param>
/// <param name="ResidentBytes">Memory as the system counts it.</param>
/// <param name="HeapBytes">Managed memory after the last collection of any kind.</param>
internal sealed record BackpressureSample(double Second, string Part, int Stalled, double ResidentBytes, double HeapBytes);
