namespace RSocketIm.Server.Storage;

/// <summary>How much one read of the store may return. It always returns at least one entry where there is one.</summary>
/// <param name="Entries">Most entries, 1 or more.</param>
/// <param name="Bytes">Most bytes of encoded entries, 1 or more; reached when the next entry would exceed it.</param>
internal readonly record struct BlockLimit(int Entries, int Bytes);
