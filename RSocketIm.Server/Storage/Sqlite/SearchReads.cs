namespace RSocketIm.Server.Storage.Sqlite;

/// <summary>One read connection of <c>search.db</c>.</summary>
internal sealed class SearchReads : IDisposable
{
    private readonly Database database;
    private readonly Statement find;

    /// <param name="path">The file.</param>
    /// <param name="cacheBytes">Page cache, in bytes.</param>
    public SearchReads(string path, long cacheBytes)
    {
        database = Database.OpenReader(path, cacheBytes);

        // FTS5 gives rows in the order of rowid by itself, and a rowid begins with the time: newest first, and stops when it has enough.
        find = database.Prepare("""
            SELECT words.rowid, docs.place, docs.sender, docs.text FROM words JOIN docs ON docs.docid = words.rowid
            WHERE words MATCH ?1 ORDER BY words.rowid DESC
            """);
    }

    /// <summary>Finds messages, newest first.</summary>
    /// <param name="expression">An FTS5 expression.</param>
    public IEnumerable<(long At, long Place, string From, string Text)> Find(string expression)
    {
        find.Bind(1, expression);
        try
        {
            while (find.Step())
            {
                yield return (SearchFile.TimeOf(find.Long(0)), find.Long(1), find.Text(2), find.Text(3));
            }
        }
        finally
        {
            find.Reset();
        }
    }

    public void Dispose() => database.Dispose();
}
