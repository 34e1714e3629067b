using RSocketIm.LoadTest.Works;

namespace RSocketIm.LoadTest.Comparing;

/// <summary>One server with connections that only wait.</summary>
internal sealed record IdleSample(string Peer, IdleMeasurement Measured);
