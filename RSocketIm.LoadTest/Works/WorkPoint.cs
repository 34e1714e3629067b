namespace RSocketIm.LoadTest.Works;

/// <summary>A measurement with so many connections.</summary>
internal sealed record WorkPoint(int Connections, Measurement Measured);
