namespace RSocketIm.Server.Storage.Sqlite;

/// <summary><c>ids.db</c>: hashes of idempotency keys that have left memory. Derived: it can be made again from the log.</summary>
/// <remarks>Its connections are its owner's to guard: <see cref="Find"/> on the commit loop, everything else in the background.</remarks>
internal sealed class SendIndexFile : IDisposable
{
    public const string FileName = "ids.db";

    private static readonly SchemaMigration Migration = new(FileName, [database => database.Execute("""
        CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE ids (hash INTEGER NOT NULL, place INTEGER NOT NULL, PRIMARY KEY (hash, place)) STRICT, WITHOUT ROWID;
        CREATE TABLE marks (room INTEGER PRIMARY KEY, seq INTEGER NOT NULL) STRICT;
        """)]);

    private readonly Database writer;
    private readonly Database reader;
    private readonly Statement find;

    private SendIndexFile(Database writer, long readerCacheBytes)
    {
        this.writer = writer;
        reader = Database.OpenReader(writer.Path, readerCacheBytes);
        find = reader.Prepare("SELECT place FROM ids WHERE hash = ?1");
    }

    /// <summary>Opens the file, or a new one when it is not of this log.</summary>
    public static SendIndexFile Open(string directory, string logId, RoomSlots slots, PageCaches caches, ILogger log) => new(
        DerivedFile.Open(System.IO.Path.Combine(directory, FileName), Migration, logId, slots, caches.IdsWriter, log, (slot, seq) => slot.IndexedTo = seq),
        caches.IdsReader);

    /// <summary>Places under a hash.</summary>
    public List<long> Find(ulong hash)
    {
        find.Bind(1, (long)hash);
        List<long> places = [];
        while (find.Step())
        {
            places.Add(find.Long(0));
        }

        return places;
    }

    /// <summary>Adds ids, in order of their hash so that neighbouring pages are written together, and says up to where rooms are in the file.</summary>
    public void Add(Dictionary<ulong, long> ids, IEnumerable<(RoomSlot Slot, long Seq)> marks)
    {
        ulong[] hashes = [.. ids.Keys];
        Array.Sort(hashes);
        writer.InOneTransaction(() =>
        {
            using Statement insert = writer.PrepareOnce("INSERT OR IGNORE INTO ids VALUES (?1, ?2)");
            foreach (ulong hash in hashes)
            {
                insert.Bind(1, (long)hash).Bind(2, ids[hash]).Execute();
            }

            using Statement mark = writer.PrepareOnce("INSERT OR REPLACE INTO marks VALUES (?1, ?2)");
            foreach ((RoomSlot slot, long seq) in marks)
            {
                mark.Bind(1, slot.Number).Bind(2, seq).Execute();
            }
        });
    }

    /// <summary>Reads ids in the order of the file.</summary>
    /// <param name="afterHash">The hash before the first one wanted.</param>
    /// <param name="count">Most rows; rows of one hash are not cut apart.</param>
    public List<(long Hash, long Place)> Read(long afterHash, int count)
    {
        using Statement select = writer.PrepareOnce("SELECT hash, place FROM ids WHERE hash > ?1 ORDER BY hash");
        select.Bind(1, afterHash);
        List<(long Hash, long Place)> rows = [];
        while (select.Step() && (rows.Count < count || rows[^1].Hash == select.Long(0)))
        {
            rows.Add((select.Long(0), select.Long(1)));
        }

        return rows;
    }

    /// <summary>Forgets ids.</summary>
    public void Remove(List<(long Hash, long Place)> ids) => writer.InOneTransaction(() =>
    {
        using Statement delete = writer.PrepareOnce("DELETE FROM ids WHERE hash = ?1 AND place = ?2");
        foreach ((long hash, long place) in ids)
        {
            delete.Bind(1, hash).Bind(2, place).Execute();
        }
    });

    public bool IsEmpty => writer.ReadLong("SELECT EXISTS (SELECT 1 FROM ids)") == 0;

    public void Dispose()
    {
        reader.Dispose();
        writer.Dispose();
    }
}
