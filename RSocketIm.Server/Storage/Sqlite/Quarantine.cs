namespace RSocketIm.Server.Storage.Sqlite;

/// <summary>Moves a damaged block out of the log, never away: what can be made of it is for people to say.</summary>
internal static class Quarantine
{
    public static WriteAction<int> Job(RoomSlot slot, StoredBlock block, long now) => new(log =>
    {
        // By all we know of it: if it is not the same row any more, somebody else has dealt with it.
        const string Same = "FROM blocks WHERE number = ?1 AND place = ?2 AND checksum = ?3";
        long place = Place.Of(slot.Number, block.First);
        log.Get($"INSERT INTO damaged (place, last_seq, found_at, checksum, data) SELECT place, last_seq, ?4, checksum, data {Same}")
            .Bind(1, block.Number).Bind(2, place).Bind(3, block.Stored).Bind(4, now).Execute();
        return log.Get($"DELETE {Same}").Bind(1, block.Number).Bind(2, place).Bind(3, block.Stored).Execute();
    });
}
