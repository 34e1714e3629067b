using RSocketIm.Server.Contracts;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Rooms;

/// <summary>One message as far as commands about it need to know: what it is, and what has been done to it. The commit loop's.</summary>
internal sealed class MessageState
{
    private readonly Dictionary<(string User, string Emoji), EntryResult> reactions = [];
    private readonly List<(long Seq, long At)> edits = [];

    /// <summary>Starts from the message itself.</summary>
    /// <param name="content">The message, deleted or not.</param>
    public MessageState(RoomEvent content) => Content = content;

    /// <summary>The message as it was sent; without words when it is deleted.</summary>
    public RoomEvent Content { get; private set; }

    /// <summary>Who wrote it.</summary>
    public string Author => Content.From ?? "";

    /// <summary>The delete, or null when it is not deleted.</summary>
    public EntryResult? Deletion { get; private set; }

    /// <summary>What it costs a cache, in bytes, roughly.</summary>
    public int Cost => 256 + (2 * (Content.Text?.Length ?? 0)) + (160 * reactions.Count) + (16 * edits.Count);

    /// <summary>The edits of it, oldest first.</summary>
    public IReadOnlyList<(long Seq, long At)> Edits => edits;

    /// <summary>The entry by which a user gave a reaction that still stands, or null.</summary>
    public EntryResult? FindReaction(string user, string emoji) => reactions.GetValueOrDefault((user, emoji));

    /// <summary>Takes in an entry about the message.</summary>
    public void Apply(RoomEvent change)
    {
        EntryResult entry = new() { Seq = change.Seq, At = change.At };
        switch (change.Type)
        {
            case RoomEventTypes.Edit:
                edits.Add((change.Seq, change.At));
                break;
            case RoomEventTypes.Delete:
                Deletion = entry;
                Content = ScrubbedForm.OfMessage(Content);
                break;
            case RoomEventTypes.Reaction when change.On == true:
                reactions.TryAdd((change.From ?? "", change.Emoji ?? ""), entry);
                break;
            case RoomEventTypes.Reaction:
                reactions.Remove((change.From ?? "", change.Emoji ?? ""));
                break;
        }
    }

    /// <summary>The entries that take the places of the message and its edits when it is deleted: the same that the store makes of them.</summary>
    public IEnumerable<LogEntry> Scrub()
    {
        yield return LogEntry.Encode(ScrubbedForm.OfMessage(Content));
        foreach ((long seq, long at) in edits)
        {
            yield return LogEntry.Encode(new RoomEvent
            {
                Room = Content.Room,
                Seq = seq,
                At = at,
                Type = RoomEventTypes.Edit,
                From = Author,
                Target = Content.Seq,
                Text = "",
            });
        }
    }
}
