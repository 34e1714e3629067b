using Microsoft.Data.Sqlite;

namespace RSocketIm.Server.Storage.Sqlite;

/// <summary>Which files the log's attachments refer to.</summary>
internal static class AttachmentContents
{
    /// <summary>Reads them, each once.</summary>
    /// <exception cref="SqliteException">The file cannot be read.</exception>
    public static IReadOnlyList<AttachmentContent> Read(Database database)
    {
        // Of one hash there is one size, or there is damage: then both come.
        using Statement select = database.PrepareOnce("SELECT hash, size, COUNT(*), MIN(id) FROM attachments GROUP BY hash, size ORDER BY hash");
        List<AttachmentContent> contents = [];
        while (select.Step())
        {
            contents.Add(new AttachmentContent(select.Text(0), select.Long(1), select.Long(2), select.Text(3)));
        }

        return contents;
    }
}
