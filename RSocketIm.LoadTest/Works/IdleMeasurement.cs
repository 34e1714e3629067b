namespace RSocketIm.LoadTest.Works;

/// <summary>What connections that only wait cost a server.</summary>
/// <param name="Connections">How many.</param>
/// <param name="BytesEach">Memory of the server that was not there before them, for each.</param>
/// <param name="Processor">Processors that all of them together keep busy.</param>
internal sealed record IdleMeasurement(int Connections, double BytesEach, double Processor);
