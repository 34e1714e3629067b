using System.Collections.Concurrent;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Rooms;

/// <summary>All rooms by id, and by the users who have to do with them.</summary>
/// <remarks>Filled at start, then changed by the commit loop alone; read by everybody.</remarks>
internal sealed class RoomDirectory
{
    private readonly ConcurrentDictionary<string, Room> rooms = new(StringComparer.Ordinal);

    // Sorted ids for listing page by page, under the lock: who asks for a page holds it for one page's length.
    private readonly Lock gate = new();
    private readonly SortedSet<string> publicRooms = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SortedSet<string>> byUser = new(StringComparer.Ordinal);

    private readonly RunFraming framing = new(); // the commit loop's

    /// <summary>Raised on the commit loop, when it is visible, for a room whose kind or members' standing changed, with those members.</summary>
    /// <remarks>Handlers must be quick and must not throw.</remarks>
    public event Action<Room, IReadOnlyCollection<MemberRecord>>? RightsChanged;

    /// <summary>
    /// Raised on the commit loop, when it is visible, with a user and the entry that invites him, or ends his invitation or membership. A ban of
    /// somebody who had nothing to do with the room is not among them: he may not even know that there is such a room.
    /// </summary>
    /// <remarks><inheritdoc cref="RightsChanged" path="/remarks"/></remarks>
    public event Action<Room, string, LogEntry>? StandingTold;

    /// <summary>Raised on the commit loop when entries have lost their words, before anybody sees the delete, with the entries as they are now.</summary>
    /// <remarks><inheritdoc cref="RightsChanged" path="/remarks"/></remarks>
    public event Action<Room, IReadOnlyCollection<LogEntry>>? EntriesRedacted;

    /// <summary>Raised on the commit loop, when it is durable, with the ids of attachments that a deleted message carried.</summary>
    /// <remarks><inheritdoc cref="RightsChanged" path="/remarks"/></remarks>
    public event Action<IReadOnlyCollection<string>>? AttachmentsDropped;

    /// <summary>All rooms, in no order.</summary>
    public IEnumerable<Room> Rooms => rooms.Select(pair => pair.Value);

    /// <summary>How many rooms there are.</summary>
    public int Count => rooms.Count;

    /// <summary>The room, whoever may see it, or null.</summary>
    /// <param name="room">The room's id.</param>
    public Room? Find(string room) => rooms.GetValueOrDefault(room);

    /// <summary>The room.</summary>
    /// <param name="room">The room's id.</param>
    /// <param name="user">Who asks.</param>
    /// <exception cref="Protocol.RSocketException">There is none that this user may see.</exception>
    public Room RequireVisible(string room, string user)
    {
        Room found = Find(room) ?? throw Refusal.NoSuchRoom(room);
        Rights.RequireSee(found.Record, found.FindMember(user));
        return found;
    }

    /// <summary>Ids of the rooms in which a user is a member or invited, in ordinal order.</summary>
    public string[] RoomsOf(string user)
    {
        lock (gate)
        {
            return byUser.TryGetValue(user, out SortedSet<string>? ids) ? [.. ids] : [];
        }
    }

    /// <summary>Ids of rooms a user may see, in ordinal order.</summary>
    /// <param name="user">Who asks.</param>
    /// <param name="least">Only those in which the user has at least this standing; <see cref="Standing.None"/> for all.</param>
    /// <param name="most">And at most this one.</param>
    /// <param name="prefix">What the ids begin with; empty for all.</param>
    /// <param name="after">The id before the first one wanted; empty for the beginning.</param>
    /// <param name="count">Most ids, 1 or more.</param>
    public List<Room> List(string user, Standing least, Standing most, string prefix, string after, int count)
    {
        List<Room> page = new(count);
        lock (gate)
        {
            SortedSet<string> own = byUser.GetValueOrDefault(user) ?? [];
            using IEnumerator<string> ownIds = From(own, prefix, after).GetEnumerator();
            using IEnumerator<string> publicIds = (least > Standing.None ? [] : From(publicRooms, prefix, after)).GetEnumerator();
            string? nextOwn = Next(ownIds);
            string? nextPublic = Next(publicIds);
            while (page.Count < count && (nextOwn ?? nextPublic) is not null)
            {
                // A merge of two sorted sequences; a public room of one's own is in both.
                int order = nextOwn is null ? 1 : nextPublic is null ? -1 : string.CompareOrdinal(nextOwn, nextPublic);
                Room room = rooms[(order <= 0 ? nextOwn : nextPublic)!];
                Standing standing = Rights.StandingOf(room.FindMember(user));
                if (standing >= least && standing <= most)
                {
                    page.Add(room);
                }

                nextOwn = order <= 0 ? Next(ownIds) : nextOwn;
                nextPublic = order >= 0 ? Next(publicIds) : nextPublic;
            }
        }

        return page;
    }

    /// <summary>Ends every open feed of every room, because the server stops.</summary>
    /// <param name="reason">What their streams end with.</param>
    internal void StopReaders(Protocol.RSocketException reason)
    {
        foreach (Room room in rooms.Values)
        {
            room.StopReaders(reason);
        }
    }

    /// <summary>Takes in a room of the store, at start.</summary>
    internal void Load(StoredRoom stored)
    {
        Room room = new(stored.Room, stored.Members);
        rooms[room.Id] = room;
        lock (gate)
        {
            Index(room.Record, stored.Members);
        }
    }

    /// <summary>Makes a committed draft visible: rights first, then entries, then the head; then those who wait hear of it.</summary>
    /// <returns>How many parked readers were woken.</returns>
    internal int Publish(RoomDraft draft, TailBudget tails)
    {
        Room room = draft.Room;
        RoomRecord record = draft.Record;
        bool rightsChanged = draft.Members.Count > 0 || record.Kind != room.Record.Kind || room.Head == 0;
        room.PublishState(record, draft.Members);
        Redact(draft, tails);
        framing.Frame(room, draft.Entries);
        foreach (LogEntry entry in draft.Entries)
        {
            tails.Append(room.Tail, entry);
        }

        int woken = room.PublishHead(record.Head);
        if (rightsChanged)
        {
            rooms.TryAdd(room.Id, room);
            List<(string User, LogEntry Entry)>? told;
            lock (gate)
            {
                told = FindTold(draft);
                Index(record, draft.Members);
            }

            RightsChanged?.Invoke(room, draft.Members);
            foreach ((string user, LogEntry entry) in told ?? [])
            {
                StandingTold?.Invoke(room, user, entry);
            }
        }

        if (draft.DroppedAttachments.Count > 0)
        {
            AttachmentsDropped?.Invoke(draft.DroppedAttachments);
        }

        return woken;
    }

    private static string? Next(IEnumerator<string> ids) => ids.MoveNext() ? ids.Current : null;

    private static IEnumerable<string> From(SortedSet<string> ids, string prefix, string after)
    {
        string start = string.CompareOrdinal(after, prefix) > 0 ? after : prefix;
        if (ids.Count == 0 || string.CompareOrdinal(ids.Max, start) < 0)
        {
            return [];
        }

        return ids.GetViewBetween(start, ids.Max!)
            .SkipWhile(id => string.Equals(id, after, StringComparison.Ordinal))
            .TakeWhile(id => id.StartsWith(prefix, StringComparison.Ordinal));
    }

    private void Redact(RoomDraft draft, TailBudget tails)
    {
        if (draft.Replaced.Count == 0)
        {
            return;
        }

        // The number first: a reader that takes an old copy after it will see that it is another than the copy's.
        draft.Room.NoteRedaction();
        foreach (LogEntry entry in draft.Replaced)
        {
            tails.Replace(draft.Room.Tail, entry);
        }

        EntriesRedacted?.Invoke(draft.Room, draft.Replaced);
    }

    // Before the index is brought up to date: it knows who was a member or invited until now.
    private List<(string User, LogEntry Entry)>? FindTold(RoomDraft draft)
    {
        List<(string User, LogEntry Entry)>? told = null;
        foreach (MemberRecord change in draft.Members)
        {
            bool knows = change.Standing == Standing.Invited
                || (change.Standing < Standing.Invited && byUser.TryGetValue(change.User, out SortedSet<string>? ids) && ids.Contains(draft.Room.Id));
            if (knows && draft.FindStaged(change.JoinedSeq) is { } entry)
            {
                (told ??= []).Add((change.User, entry));
            }
        }

        return told;
    }

    private void Index(RoomRecord record, IEnumerable<MemberRecord> changes)
    {
        if (record.Kind == RoomKind.Public)
        {
            publicRooms.Add(record.Room);
        }
        else
        {
            publicRooms.Remove(record.Room);
        }

        foreach (MemberRecord change in changes)
        {
            if (change.Standing >= Standing.Invited)
            {
                if (!byUser.TryGetValue(change.User, out SortedSet<string>? ids))
                {
                    byUser[change.User] = ids = new SortedSet<string>(StringComparer.Ordinal);
                }

                ids.Add(record.Room);
            }
            else if (byUser.TryGetValue(change.User, out SortedSet<string>? ids) && ids.Remove(record.Room) && ids.Count == 0)
            {
                byUser.Remove(change.User);
            }
        }
    }
}
