namespace RSocketIm.Server.Storage.Sqlite;

/// <summary>A block as it is on disk, not looked into.</summary>
/// <param name="Number">Its row.</param>
/// <param name="First">Seq of its first entry.</param>
/// <param name="Last">Seq of its last entry.</param>
/// <param name="Stored">The checksum that was stored.</param>
/// <param name="Data">The bytes.</param>
internal readonly record struct StoredBlock(long Number, long First, long Last, uint Stored, byte[] Data)
{
    /// <summary>Whether it is what was written there.</summary>
    public bool IsWhole(RoomSlot slot) => Last >= First && Checksum.OfBlock(slot.LogChecksum, First, Last, Data) == Stored;

    /// <summary>Takes it apart.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public LogEntry[] Read(RoomSlot slot) => IsWhole(slot)
        ? BlockCodec.Read(First, Last, Data)
        : throw new InvalidDataException($"Block {First}..{Last} of room {slot.Room} is not what was written there: its checksum differs.");
}
