using RSocketIm.Server.Contracts;
using RSocketIm.Server.Storage;

namespace RSocketIm.Tests.Server.Storage;

/// <summary>Writes to a store as the commit loop does: knows the heads, and makes entries that are what they say.</summary>
internal sealed class LogBuilder(IRoomStore store)
{
    public const long Start = 1_700_000_000_000;

    private readonly Dictionary<string, long> heads = [];
    private readonly Dictionary<string, List<RoomEvent>> staged = [];
    private readonly Dictionary<string, List<AttachmentUse>> uses = [];

    public long Now { get; set; } = Start;

    public long Head(string room) => heads.GetValueOrDefault(room);

    /// <summary>Takes over the heads of a store that was opened again.</summary>
    public async Task LoadAsync()
    {
        await foreach (StoredRoom room in store.LoadRoomsAsync(default))
        {
            heads[room.Room.Room] = room.Room.Head;
        }
    }

    public LogBuilder Message(string room, string text, string? id = null, string from = "ann", string? attachment = null)
    {
        RoomEvent message = Stage(room, new RoomEvent { Type = RoomEventTypes.Message, From = from, Text = text });
        message.Id = id ?? $"id-{message.Seq}";
        if (attachment is not null)
        {
            message.Attachments = [new AttachmentInfo { Id = attachment, Name = "a.txt", Size = 1, Type = "text/plain" }];
            uses.TryAdd(room, []);
            uses[room].Add(new AttachmentUse(message.Seq, attachment));
        }

        return this;
    }

    public LogBuilder Messages(string room, int count, string from = "ann")
    {
        for (int i = 0; i < count; i++)
        {
            Message(room, $"text {heads.GetValueOrDefault(room) + 1} of {room}", from: from);
        }

        return this;
    }

    public LogBuilder Edit(string room, long target, string text)
    {
        Stage(room, new RoomEvent { Type = RoomEventTypes.Edit, From = "ann", Target = target, Text = text });
        return this;
    }

    public LogBuilder React(string room, long target, string emoji = "+1")
    {
        Stage(room, new RoomEvent { Type = RoomEventTypes.Reaction, From = "bob", Target = target, Emoji = emoji, On = true });
        return this;
    }

    public LogBuilder Delete(string room, long target)
    {
        Stage(room, new RoomEvent { Type = RoomEventTypes.Delete, From = "ann", Target = target });
        return this;
    }

    public RoomCommit[] Take(params MemberRecord[] members)
    {
        RoomCommit[] commits = [.. staged.Select(pair => ToCommit(pair.Key, pair.Value, members))];
        staged.Clear();
        uses.Clear();
        return commits;
    }

    public async Task CommitAsync(params MemberRecord[] members) => await store.CommitAsync(Take(members), default);

    public void Forget(RoomCommit[] failed)
    {
        foreach (RoomCommit commit in failed)
        {
            heads[commit.Room.Room] -= commit.Entries.Count;
        }
    }

    private RoomCommit ToCommit(string room, List<RoomEvent> events, MemberRecord[] members) => new(
        new RoomRecord(room, $"Title of {room}", RoomKind.Public, $"epoch-{room}", Start, "ann", heads[room], Now),
        [.. events.Select(LogEntry.Encode)],
        members,
        [.. events.Where(e => e.Type == RoomEventTypes.Message).Select(e => new SentEntry(new SendKey(room, e.From!, e.Id!), e.Seq, e.At))])
    {
        Attachments = uses.GetValueOrDefault(room) ?? [],
    };

    private RoomEvent Stage(string room, RoomEvent content)
    {
        heads[room] = heads.GetValueOrDefault(room) + 1;
        content.Room = room;
        content.Seq = heads[room];
        content.At = Now;
        if (!staged.TryGetValue(room, out List<RoomEvent>? list))
        {
            staged[room] = list = [];
        }

        list.Add(content);
        return content;
    }
}
