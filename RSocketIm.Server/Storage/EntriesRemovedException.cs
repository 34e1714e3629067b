namespace RSocketIm.Server.Storage;

/// <summary>The entries asked for were removed by retention, perhaps a moment ago: a feed sends its gap and goes on at <see cref="FirstSeq"/>.</summary>
internal sealed class EntriesRemovedException(string room, long firstSeq)
    : IOException($"Room {room} begins at {firstSeq}: retention removed what was before.")
{
    /// <summary>Seq of the first entry that is still there, or will be the first one.</summary>
    public long FirstSeq => firstSeq;
}
