namespace RSocketIm.Server.Storage;

/// <summary>What a check of everything found.</summary>
/// <param name="Rooms">Rooms read.</param>
/// <param name="Blocks">Blocks read.</param>
/// <param name="Entries">Entries read.</param>
/// <param name="Bytes">Bytes of blocks read.</param>
/// <param name="Problems">One sentence a problem; empty when all is well.</param>
internal sealed record VerifyReport(long Rooms, long Blocks, long Entries, long Bytes, IReadOnlyList<string> Problems)
{
    /// <summary>Whether all is well.</summary>
    public bool IsWhole => Problems.Count == 0;
}
