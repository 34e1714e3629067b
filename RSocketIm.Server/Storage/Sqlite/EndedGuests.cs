namespace RSocketIm.Server.Storage.Sqlite;

/// <summary>Forgets reservations of guests' names that have ended; nobody has to ask for the name again.</summary>
internal static class EndedGuests
{
    /// <summary>Most that one transaction removes: a millisecond or so that a commit may have to wait.</summary>
    public const int Step = 256;

    /// <summary>Whether there is one.</summary>
    public static bool Any(LogReads reads, long now) => reads.Get("SELECT 1 FROM guests WHERE until < ?1 LIMIT 1").Bind(1, now).ReadLong() is not null;

    /// <summary>Removes those that ended first.</summary>
    /// <param name="now">Unix milliseconds; what ends then or later is still held.</param>
    public static WriteAction<int> Job(long now) => new(log => log.Get(
        "DELETE FROM guests WHERE name IN (SELECT name FROM guests WHERE until < ?1 ORDER BY until LIMIT ?2)").Bind(1, now).Bind(2, Step).Execute());
}
