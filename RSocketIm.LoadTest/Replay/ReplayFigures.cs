namespace RSocketIm.LoadTest.Replay;

/// <summary>What it took to read rooms from their first entry on.</summary>
/// <param name="Entries">Entries of each room.</param>
/// <param name="Rooms">How many rooms, one after the other.</param>
/// <param name="Readers">How many read the same room at a time.</param>
/// <param name="Delivered">Entries delivered, over all readers.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="ServerMicroseconds">The server's processor time for each entry delivered.</param>
/// <param name="StoreReads">Blocks that the server read from its store.</param>
internal sealed record ReplayFigures(long Entries, int Rooms, int Readers, long Delivered, double Seconds, double ServerMicroseconds, double StoreReads)
{
    public double PerSecond => Delivered / Seconds;
}
