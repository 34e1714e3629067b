using RSocketIm.Server.Contracts;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Rooms;

/// <summary>One room as the commands of a turn leave it: the room, and what is staged on top. Dropped when the commit fails.</summary>
/// <remarks>Used by the commit loop alone. The room itself does not change before the draft is durable.</remarks>
internal sealed class RoomDraft
{
    private static readonly IReadOnlyCollection<MemberRecord> NoMembers = [];
    private static readonly IReadOnlyCollection<SentEntry> NoSends = [];
    private static readonly IReadOnlyCollection<LogEntry> NoEntries = [];
    private readonly List<LogEntry> entries = [];
    private readonly RoomRecord start;
    private readonly long at;
    private Dictionary<string, MemberRecord>? members;
    private Dictionary<SendKey, SentEntry>? sends;
    private Dictionary<long, LogEntry>? replaced;
    private List<AttachmentUse>? uses;
    private List<string>? dropped;
    private RoomRecord settings;

    /// <summary>Starts from the room as it is.</summary>
    /// <param name="room">The room; one that is being created has no members and head 0.</param>
    /// <param name="now">The turn's time, in Unix milliseconds.</param>
    public RoomDraft(Room room, long now)
    {
        Room = room;
        start = settings = room.Record;
        at = Math.Max(now, start.HeadAt);
        MemberCount = room.MemberCount;
    }

    /// <summary>The room.</summary>
    public Room Room { get; }

    /// <summary>The room as it will be.</summary>
    public RoomRecord Record => entries.Count == 0 ? settings : settings with { Head = Head, HeadAt = at };

    /// <summary>Seq of the last entry, staged ones included.</summary>
    public long Head => start.Head + entries.Count;

    /// <summary>How many members there will be.</summary>
    public int MemberCount { get; private set; }

    /// <summary>The staged entries.</summary>
    public IReadOnlyList<LogEntry> Entries => entries;

    /// <summary>The staged changes of standing.</summary>
    public IReadOnlyCollection<MemberRecord> Members => members is null ? NoMembers : members.Values;

    /// <summary>Older entries that lose their words.</summary>
    public IReadOnlyCollection<LogEntry> Replaced => replaced is null ? NoEntries : replaced.Values;

    /// <summary>Ids of attachments that deleted messages carried.</summary>
    public IReadOnlyCollection<string> DroppedAttachments => dropped is null ? [] : dropped;

    /// <summary>What a user will be to the room, or null.</summary>
    public MemberRecord? FindMember(string user) =>
        members is not null && members.TryGetValue(user, out MemberRecord? staged)
            ? staged.Standing == Standing.None ? null : staged
            : Room.FindMember(user);

    /// <summary>The members as they will be, in no order.</summary>
    public IEnumerable<MemberRecord> AllMembers() =>
        Room.Members()
            .Where(member => members is null || !members.ContainsKey(member.User))
            .Concat(Members.Where(member => member.Standing >= Standing.Member));

    /// <summary>The message staged under a key in this turn, or null.</summary>
    public SentEntry? FindSend(SendKey key) => sends?.GetValueOrDefault(key);

    /// <summary>An entry that is staged, or null.</summary>
    public LogEntry? FindStaged(long seq) => seq > start.Head && seq <= Head ? entries[(int)(seq - start.Head - 1)] : null;

    /// <summary>Stages an entry: gives it its seq and time, and encodes it, once for all who will ever read it.</summary>
    /// <param name="content">The entry with its type, sender and content; its room, seq and time are set here.</param>
    public LogEntry Append(RoomEvent content)
    {
        content.Room = settings.Room;
        content.Seq = Head + 1;
        content.At = at;
        LogEntry entry = LogEntry.Encode(content);
        entries.Add(entry);
        return entry;
    }

    /// <summary>Stages a message under its key.</summary>
    public SentEntry AppendSend(SendKey key, RoomEvent content)
    {
        LogEntry entry = Append(content);
        SentEntry sent = new(key, entry.Seq, entry.At);
        (sends ??= []).Add(key, sent);
        return sent;
    }

    /// <summary>Stages a change of standing together with the entry that tells of it.</summary>
    /// <param name="user">Whose standing.</param>
    /// <param name="standing">What it becomes; <see cref="Standing.None"/> to forget the user.</param>
    /// <param name="from">Who changed it.</param>
    /// <param name="change">The entry's <c>change</c>.</param>
    public LogEntry AppendStanding(string user, Standing standing, string from, string change)
    {
        MemberRecord? before = FindMember(user);
        LogEntry entry = Append(new RoomEvent
        {
            Type = RoomEventTypes.Member,
            From = from,
            User = user,
            Change = change,
            Role = change is MemberChanges.Joined or MemberChanges.Role ? standing.ToRole() : null,
        });

        // Seniority counts from joining, not from the last change of role.
        bool stays = before is not null && before.Standing >= Standing.Member && standing >= Standing.Member;
        (members ??= new Dictionary<string, MemberRecord>(StringComparer.Ordinal))[user] =
            stays ? before! with { Standing = standing } : new MemberRecord(user, standing, entry.At, entry.Seq);
        MemberCount += (standing >= Standing.Member ? 1 : 0) - (Rights.StandingOf(before) >= Standing.Member ? 1 : 0);
        return entry;
    }

    /// <summary>Stages an entry without words in the place of the one with its seq.</summary>
    public void Replace(LogEntry entry)
    {
        if (entry.Seq > start.Head)
        {
            // Sent and taken back within one turn: the words never reach the store.
            entries[(int)(entry.Seq - start.Head - 1)] = entry;
        }
        else
        {
            (replaced ??= [])[entry.Seq] = entry;
        }
    }

    /// <summary>Stages that a message uses attachments.</summary>
    public void UseAttachments(long seq, IEnumerable<string> ids) => (uses ??= []).AddRange(ids.Select(id => new AttachmentUse(seq, id)));

    /// <summary>Stages that a message which used attachments is deleted.</summary>
    public void DropAttachments(IEnumerable<string> ids) => (dropped ??= []).AddRange(ids);

    /// <summary>Stages new settings; the entry that tells of them is the caller's.</summary>
    public void SetSettings(string title, RoomKind kind) => settings = settings with { Title = title, Kind = kind };

    /// <summary>What the store is to make durable.</summary>
    public RoomCommit ToCommit() => new(Record, entries, Members, sends is null ? NoSends : sends.Values)
    {
        Attachments = uses is null ? [] : uses,
    };

    /// <summary>The room as a user will see it.</summary>
    public RoomInfo ToInfo(string user) => RoomInfos.Of(Record, FindMember(user), MemberCount);
}
