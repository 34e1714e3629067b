namespace RSocketIm.Server.Storage;

/// <summary>Entries that were acknowledged cannot be read any more. They are kept aside, and never skipped in silence.</summary>
internal sealed class DamagedBlockException(DamagedBlock block)
    : IOException($"Entries {block.First}..{block.Last} of room {block.Room} are damaged on disk and were set aside; run verify.")
{
    /// <summary>What is damaged.</summary>
    public DamagedBlock Block => block;
}
