using Microsoft.Data.Sqlite;
using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Storage.Sqlite;

/// <summary>Reads all of <c>log.db</c> and compares everything that is said twice.</summary>
/// <remarks>
/// Pages (SQLite's own check), rooms with their heads, every block's checksum, seqs from first to head without a hole, every
/// entry with the fields beside it, and the index of changes with the entries it points to.
/// </remarks>
internal sealed class LogVerifier(Database database)
{
    // Enough to see what is wrong; a disk that is gone would fill the memory with sentences.
    private const int MaxProblems = 1000;

    private const string CountedBytes = "SELECT room, SUM(size) AS bytes FROM (SELECT DISTINCT room, hash, size FROM attachments WHERE size > 0) GROUP BY room";
    private const string SavedBytes = "SELECT room, bytes FROM attachment_rooms WHERE bytes != 0";

    private readonly List<string> problems = [];
    private long rooms;
    private long blocks;
    private long entries;
    private long bytes;

    /// <summary>Checks everything in one snapshot.</summary>
    public VerifyReport Run(CancellationToken cancellationToken)
    {
        try
        {
            database.Execute("BEGIN");
            foreach (string result in database.ReadTexts("PRAGMA integrity_check"))
            {
                if (result != "ok")
                {
                    Report($"Pages of the file: {result}");
                }
            }

            long orphans = database.ReadLong(
                "SELECT (SELECT COUNT(*) FROM rooms r WHERE NOT EXISTS (SELECT 1 FROM heads h WHERE h.room = r.number)) + (SELECT COUNT(*) FROM heads h WHERE NOT EXISTS (SELECT 1 FROM rooms r WHERE r.number = h.room))");
            if (orphans > 0)
            {
                Report($"{orphans} rooms have no head, or heads no room.");
            }

            long wrong = database.ReadLong($"SELECT COUNT(*) FROM (SELECT * FROM ({CountedBytes} EXCEPT {SavedBytes}) UNION SELECT * FROM ({SavedBytes} EXCEPT {CountedBytes}))");
            if (wrong > 0)
            {
                Report("The bytes of attachments are counted wrongly for some rooms.");
            }

            RoomSlots slots = RoomSlots.Load(database);
            foreach (RoomSlot slot in slots.All.OrderBy(slot => slot.Number))
            {
                cancellationToken.ThrowIfCancellationRequested();
                CheckRoom(slot, cancellationToken);
            }

            database.Execute("ROLLBACK");
        }
        catch (SqliteException error)
        {
            Report($"The file cannot be read to its end: {error.Message}");
        }

        return new VerifyReport(rooms, blocks, entries, bytes, problems);
    }

    private void CheckRoom(RoomSlot slot, CancellationToken cancellationToken)
    {
        rooms++;
        List<(long Target, long Seq)> changes = [];
        HashSet<(long First, long Last)> damages = [.. slot.Damages.Select(damage => (damage.First, damage.Last))];
        long next = slot.FirstSeq;
        using Statement select = database.PrepareOnce(
            "SELECT number, place, last_seq, checksum, data, messages, last_at FROM blocks WHERE place BETWEEN ?1 AND ?2 ORDER BY place");
        select.Bind(1, Place.Of(slot.Number, 0)).Bind(2, Place.Of(slot.Number, Place.MaxSeq));
        while (select.Step())
        {
            cancellationToken.ThrowIfCancellationRequested();
            StoredBlock block = new(select.Long(0), Place.SeqOf(select.Long(1)), select.Long(2), (uint)select.Long(3), select.Blob(4));
            CheckHole(slot, next, block.First - 1, damages);
            if (block.First < next)
            {
                Report($"Room {slot.Room}: block {block.First}..{block.Last} begins before {next}.");
            }

            CheckBlock(slot, block, select.Long(5), select.Long(6), changes);
            next = block.Last + 1;
        }

        CheckHole(slot, next, slot.Head, damages);
        if (next > slot.Head + 1)
        {
            Report($"Room {slot.Room}: its blocks end at {next - 1}, its head is {slot.Head}.");
        }

        CheckChanges(slot, changes, damages.Count > 0);
    }

    private void CheckHole(RoomSlot slot, long first, long last, HashSet<(long First, long Last)> damages)
    {
        while (first <= last)
        {
            (long First, long Last) damage = damages.FirstOrDefault(range => range.First <= first && range.Last >= first);
            long end = damage == default ? last : damage.Last;
            Report(damage == default
                ? $"Room {slot.Room}: entries {first}..{end} are missing."
                : $"Room {slot.Room}: entries {first}..{end} are damaged and were set aside.");
            first = end + 1;
        }
    }

    private void CheckBlock(RoomSlot slot, StoredBlock block, long messages, long lastAt, List<(long Target, long Seq)> changes)
    {
        blocks++;
        bytes += block.Data.Length;
        try
        {
            LogEntry[] read = block.Read(slot);
            foreach (LogEntry entry in read)
            {
                entries++;
                LogEntry inside = LogEntry.FromBytes(entry.Bytes);
                if ((inside.Seq, inside.At, inside.Kind, inside.From, inside.Target) != (entry.Seq, entry.At, entry.Kind, entry.From, entry.Target))
                {
                    Report($"Room {slot.Room}: entry {entry.Seq} is not what its block says it is.");
                }

                if (entry.Target >= slot.FirstSeq)
                {
                    changes.Add((entry.Target, entry.Seq));
                }
            }

            if (read.LongCount(entry => entry.Kind == EntryKind.Message) != messages || read[^1].At != lastAt)
            {
                Report($"Room {slot.Room}: block {block.First}..{block.Last} is counted wrongly.");
            }
        }
        catch (Exception error) when (error is InvalidDataException or IndexOutOfRangeException or RecordFormatException)
        {
            Report(error.Message);
        }
    }

    private void CheckChanges(RoomSlot slot, List<(long Target, long Seq)> expected, bool damaged)
    {
        List<(long Target, long Seq)> found = [];
        using Statement select = database.PrepareOnce("SELECT target, seq FROM changes WHERE target BETWEEN ?1 AND ?2 ORDER BY target, seq");
        select.Bind(1, Place.Of(slot.Number, 0)).Bind(2, Place.Of(slot.Number, Place.MaxSeq));
        while (select.Step())
        {
            found.Add((Place.SeqOf(select.Long(0)), select.Long(1)));
        }

        // Changes that are in damaged blocks are rightly in the index.
        expected.Sort();
        if (damaged ? expected.Except(found).Any() : !expected.SequenceEqual(found))
        {
            Report($"Room {slot.Room}: the index of edits, deletes and reactions does not agree with the log.");
        }
    }

    private void Report(string problem)
    {
        if (problems.Count < MaxProblems)
        {
            problems.Add(problem);
        }
    }
}
