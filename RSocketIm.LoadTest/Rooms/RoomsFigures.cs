namespace RSocketIm.LoadTest.Rooms;

/// <summary>What the same load costs when it is spread over so many rooms.</summary>
/// <param name="Rooms">How many.</param>
/// <param name="Feeds">Members' feeds, over all rooms.</param>
/// <param name="Connections">Connections that they share.</param>
/// <param name="Messages">Messages sent while it was measured.</param>
/// <param name="Deliveries">Entries that arrived meanwhile.</param>
/// <param name="ServerMicroseconds">The server's processor time for each delivery; sending and the disk are in it.</param>
/// <param name="P50">Milliseconds from when a message was due to its arrival.</param>
/// <param name="P99">The same of the slowest hundredth.</param>
internal sealed record RoomsFigures(int Rooms, int Feeds, int Connections, long Messages, long Deliveries, double ServerMicroseconds, double P50, double P99);
