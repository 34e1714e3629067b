namespace RSocketIm.LoadTest.Idle;

/// <summary>What idle connections cost a server, each subscribed to a room.</summary>
/// <param name="Connections">How many.</param>
/// <param name="ConnectSeconds">How long it took to open them.</param>
/// <param name="ResidentBytes">Private memory of the process that each added, as the system counts it, before anything was collected.</param>
/// <param name="SettledBytes">The same after full collections: what they need, without what they left behind.</param>
/// <param name="HeapBytes">Managed memory in use that each added.</param>
/// <param name="IdleCores">Processors that the server used while nothing happened, 0..n, with the connections.</param>
/// <param name="EmptyCores">The same before there were any.</param>
internal sealed record IdleReport(int Connections, double ConnectSeconds, double ResidentBytes, double SettledBytes, double HeapBytes, double IdleCores, double EmptyCores);
