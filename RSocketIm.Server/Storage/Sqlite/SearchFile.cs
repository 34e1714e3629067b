using RSocketIm.Server.Contracts;

namespace RSocketIm.Server.Storage.Sqlite;

/// <summary><c>search.db</c>: the words of all messages. Derived: it can be made again from the log. One thread at a time, in the background.</summary>
internal sealed class SearchFile : IDisposable
{
    public const string FileName = "search.db";
    private const int TimeShift = 20;

    // The index holds words only (content=''); taking a document out needs its words again, hence docs.text, which also
    // is what a hit shows. secure-delete takes words out of the index's pages at once instead of marking them.
    private static readonly SchemaMigration Migration = new(FileName, [database => database.Execute("""
        CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE marks (room INTEGER PRIMARY KEY, seq INTEGER NOT NULL) STRICT;
        CREATE TABLE docs (docid INTEGER PRIMARY KEY, place INTEGER NOT NULL UNIQUE, sender TEXT NOT NULL, text TEXT NOT NULL) STRICT;
        CREATE VIRTUAL TABLE words USING fts5(room, text, content='', columnsize=0, tokenize='unicode61 remove_diacritics 2');
        INSERT INTO words (words, rank) VALUES ('secure-delete', 1);
        """)]);

    private readonly Database database;
    private readonly Statement byPlace;
    private readonly Statement taken;
    private readonly Statement insertDoc;
    private readonly Statement insertWords;
    private readonly Statement deleteDoc;
    private readonly Statement deleteWords;
    private readonly Statement mark;

    private SearchFile(Database database)
    {
        this.database = database;
        byPlace = database.Prepare("SELECT docid, sender, text FROM docs WHERE place = ?1");
        taken = database.Prepare("SELECT 1 FROM docs WHERE docid = ?1");
        insertDoc = database.Prepare("INSERT INTO docs VALUES (?1, ?2, ?3, ?4)");
        insertWords = database.Prepare("INSERT INTO words (rowid, room, text) VALUES (?1, ?2, ?3)");
        deleteDoc = database.Prepare("DELETE FROM docs WHERE docid = ?1");
        deleteWords = database.Prepare("INSERT INTO words (words, rowid, room, text) VALUES ('delete', ?1, ?2, ?3)");
        mark = database.Prepare("INSERT OR REPLACE INTO marks VALUES (?1, ?2)");
    }

    public string Path => database.Path;

    /// <summary>Opens the file, or a new one when it is not of this log.</summary>
    public static SearchFile Open(string directory, string logId, RoomSlots slots, long cacheBytes, ILogger log) => new(
        DerivedFile.Open(System.IO.Path.Combine(directory, FileName), Migration, logId, slots, cacheBytes, log, (slot, seq) => slot.SearchedTo = seq));

    /// <summary>The word that says of which room a document is.</summary>
    public static string RoomWord(RoomSlot slot) => $"r{slot.Number}";

    /// <summary>The time in a document's number, in Unix milliseconds.</summary>
    public static long TimeOf(long document) => document >> TimeShift;

    /// <summary>Takes in what entries say, in one transaction.</summary>
    /// <param name="batch">Rooms with entries that follow on what is indexed of them.</param>
    public void Apply(List<(RoomSlot Slot, long SearchedTo, IReadOnlyList<LogEntry> Entries)> batch) => database.InOneTransaction(() =>
    {
        // Messages first and in order of time, which is the order FTS5 likes; an edit comes after its message anyway.
        foreach ((RoomSlot slot, LogEntry entry) in batch
            .SelectMany(part => part.Entries.Where(entry => entry.Kind == EntryKind.Message).Select(entry => (part.Slot, entry)))
            .OrderBy(pair => pair.entry.At))
        {
            RoomEvent message = entry.Decode();
            if (message.Deleted != true && message.Text is { Length: > 0 } text)
            {
                Insert(slot, NewDocument(entry.At, Place.Of(slot.Number, entry.Seq)), entry.Seq, entry.From, text);
            }
        }

        foreach ((RoomSlot slot, long searchedTo, IReadOnlyList<LogEntry> entries) in batch)
        {
            foreach (LogEntry entry in entries)
            {
                if (entry.Kind == EntryKind.Delete)
                {
                    Remove(slot, entry.Target);
                }
                else if (entry.Kind == EntryKind.Edit && entry.Decode().Text is { Length: > 0 } text && Remove(slot, entry.Target) is { } old)
                {
                    Insert(slot, old.Document, entry.Target, old.From, text);
                }
            }

            mark.Bind(1, slot.Number).Bind(2, searchedTo).Execute();
        }
    });

    /// <summary>Forgets messages.</summary>
    public void Forget(RoomSlot slot, IEnumerable<long> seqs) => database.InOneTransaction(() =>
    {
        foreach (long seq in seqs)
        {
            Remove(slot, seq);
        }
    });

    /// <summary>Forgets a part of the messages before a seq.</summary>
    /// <returns>Whether there is more to do.</returns>
    public bool ForgetBefore(RoomSlot slot, long seq)
    {
        const int Part = 200;
        List<long> seqs = [];
        using (Statement select = database.PrepareOnce("SELECT place FROM docs WHERE place BETWEEN ?1 AND ?2 LIMIT ?3"))
        {
            select.Bind(1, Place.Of(slot.Number, 0)).Bind(2, Place.Of(slot.Number, seq - 1)).Bind(3, Part);
            while (select.Step())
            {
                seqs.Add(Place.SeqOf(select.Long(0)));
            }
        }

        if (seqs.Count > 0)
        {
            Forget(slot, seqs);
        }

        return seqs.Count == Part;
    }

    /// <summary>Empties the WAL, and with it old versions of pages.</summary>
    public bool TryTruncateWal() => database.TryTruncateWal();

    public void Dispose() => database.Dispose();

    private void Insert(RoomSlot slot, long document, long seq, string from, string text)
    {
        insertDoc.Bind(1, document).Bind(2, Place.Of(slot.Number, seq)).Bind(3, from).Bind(4, text).Execute();
        insertWords.Bind(1, document).Bind(2, RoomWord(slot)).Bind(3, SearchText.ToIndexed(text)).Execute();
    }

    private (long Document, string From)? Remove(RoomSlot slot, long seq)
    {
        if (!byPlace.Bind(1, Place.Of(slot.Number, seq)).Step())
        {
            return null;
        }

        (long document, string from, string text) = (byPlace.Long(0), byPlace.Text(1), byPlace.Text(2));
        byPlace.Reset();
        deleteWords.Bind(1, document).Bind(2, RoomWord(slot)).Bind(3, SearchText.ToIndexed(text)).Execute();
        deleteDoc.Bind(1, document).Execute();
        return (document, from);
    }

    // Time, and 20 bits in which messages of the same millisecond find a place each.
    private long NewDocument(long at, long place)
    {
        long document = (at << TimeShift) | (place * 0x9E37 & ((1 << TimeShift) - 1));
        while (taken.Bind(1, document).ReadLong() is not null)
        {
            document++;
        }

        return document;
    }
}
