namespace RSocketIm.LoadTest.Doors;

/// <summary>What one door costs for each message that one reader gets.</summary>
/// <param name="Door">Its name.</param>
/// <param name="Bytes">Bytes that the server sent, those of HTTP and WebSocket included; below TCP not counted.</param>
/// <param name="Processor">Processor time of the server in microseconds, without what the message cost itself.</param>
internal sealed record DoorCost(string Door, double Bytes, double Processor);
