using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Rooms;

/// <summary>The state as the commands of one turn see it: the rooms, with what the commands before have staged. The commit loop's.</summary>
/// <param name="directory">The rooms as they are visible.</param>
/// <param name="messages">The messages that the turn's commands are about.</param>
/// <param name="now">The turn's time, in Unix milliseconds.</param>
internal sealed class CommitTurn(RoomDirectory directory, MessageStates messages, long now)
{
    private readonly Dictionary<string, RoomDraft> drafts = new(StringComparer.Ordinal);

    /// <summary>The turn's time, in Unix milliseconds.</summary>
    public long Now => now;

    /// <summary>The messages that the turn's commands are about.</summary>
    public MessageStates Messages => messages;

    /// <summary>The rooms that have something new.</summary>
    public IEnumerable<RoomDraft> Changed => drafts.Values.Where(draft => draft.Entries.Count > 0);

    /// <summary>What the store is to make durable.</summary>
    public IReadOnlyList<RoomCommit> Commits => [.. Changed.Select(draft => draft.ToCommit())];

    /// <summary>Entries staged in all rooms.</summary>
    public int EntryCount => drafts.Values.Sum(draft => draft.Entries.Count);

    /// <summary>The room, or null when there is none.</summary>
    /// <param name="room">The room's id.</param>
    public RoomDraft? Find(string room)
    {
        if (drafts.TryGetValue(room, out RoomDraft? draft))
        {
            return draft;
        }

        return directory.Find(room) is { } existing ? drafts[room] = new RoomDraft(existing, now) : null;
    }

    /// <summary>The room.</summary>
    /// <param name="room">The room's id.</param>
    /// <exception cref="Protocol.RSocketException">There is none.</exception>
    public RoomDraft Require(string room) => Find(room) ?? throw Refusal.NoSuchRoom(room);

    /// <summary>Stages a new room, still without an entry.</summary>
    /// <param name="record">The room, whose id is not taken.</param>
    public RoomDraft Create(RoomRecord record) => drafts[record.Room] = new RoomDraft(new Room(record, []), now);
}
