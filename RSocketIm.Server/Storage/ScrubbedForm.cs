using RSocketIm.Server.Contracts;

namespace RSocketIm.Server.Storage;

/// <summary>What is left of an entry when its message was deleted. Pure.</summary>
/// <remarks>
/// The store replaces the entries on disk. Whoever holds them in memory (tails, cached blocks) replaces them by the same
/// function, so that everybody reads the same log.
/// </remarks>
internal static class ScrubbedForm
{
    /// <summary>Whether an entry carries words of a deleted message: the message itself, or an edit of it.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="target">Seq of the deleted message.</param>
    public static bool Concerns(LogEntry entry, long target) =>
        (entry.Kind == EntryKind.Message && entry.Seq == target) || (entry.Kind == EntryKind.Edit && entry.Target == target);

    /// <summary>The entry without words: a message without text, attachments, mentions and meta; an edit with an empty text.</summary>
    /// <param name="entry">A message or an edit; others stay as they are.</param>
    public static LogEntry Of(LogEntry entry) => entry.Kind switch
    {
        EntryKind.Message => LogEntry.Encode(OfMessage(entry.Decode())),
        EntryKind.Edit => LogEntry.Encode(entry.Decode() with { Text = "" }),
        _ => entry,
    };

    /// <summary>The deleted form of a message, which keeps its seq, time, sender and id.</summary>
    public static RoomEvent OfMessage(RoomEvent message) => message with
    {
        Deleted = true, Text = null, Mentions = null, Attachments = null, Meta = null, EditedAt = null, Reactions = null,
    };
}
