using System.Runtime.InteropServices;
using RSocketIm.Server.Storage;

namespace RSocketIm.Tests.Server.TestKit;

/// <summary>One room of a <see cref="MemoryRoomStore"/>; touched only under the store's lock.</summary>
internal sealed class MemoryLog(RoomRecord room)
{
    private readonly List<LogEntry> entries = [];
    private readonly Dictionary<long, List<LogEntry>> targeting = [];

    // Seq of entries[0], while there is one.
    private long first = 1;

    /// <summary>The room as it was committed last; before its first commit, without entries.</summary>
    public RoomRecord Room { get; private set; } = room with { Head = 0 };

    /// <summary>Members by user.</summary>
    public Dictionary<string, MemberRecord> Members { get; } = new(StringComparer.Ordinal);

    /// <summary>Messages by sender and the sender's id.</summary>
    public Dictionary<(string User, string Id), SentEntry> Sends { get; } = [];

    /// <summary>Which messages use which attachments.</summary>
    public HashSet<AttachmentUse> Uses { get; } = [];

    /// <summary>Adds a commit that has been checked.</summary>
    /// <returns>Entries that a delete among it left without words.</returns>
    public List<LogEntry> Add(RoomCommit commit)
    {
        Room = commit.Room with { FirstSeq = first };
        List<LogEntry> scrubbed = AddEntries(commit.Entries);
        foreach (MemberRecord member in commit.Members)
        {
            if (member.Standing == Standing.None)
            {
                Members.Remove(member.User);
            }
            else
            {
                Members[member.User] = member;
            }
        }

        foreach (SentEntry sent in commit.Sends)
        {
            Sends[(sent.Key.User, sent.Key.Id)] = sent;
        }

        Uses.UnionWith(commit.Attachments);
        return scrubbed;
    }

    /// <summary>The entry of this seq, or null.</summary>
    public LogEntry? Find(long seq) => seq >= first && seq < first + entries.Count ? entries[(int)(seq - first)] : null;

    /// <summary>Removes the entries before a seq.</summary>
    public void RemoveBefore(long newFirst)
    {
        int gone = (int)Math.Clamp(newFirst - first, 0, entries.Count);
        foreach (LogEntry entry in entries.Take(gone).Where(entry => entry.Target > 0))
        {
            targeting[entry.Target].Remove(entry);
        }

        entries.RemoveRange(0, gone);
        first += gone;
        Uses.RemoveWhere(use => use.Seq < first);
        foreach ((string User, string Id) key in Sends.Where(pair => pair.Value.Seq < first).Select(pair => pair.Key).ToArray())
        {
            Sends.Remove(key);
        }

        Room = Room with { FirstSeq = first };
    }

    /// <summary>Entries from <paramref name="after"/> + 1 on.</summary>
    /// <exception cref="EntriesRemovedException">The first one wanted has been removed.</exception>
    public EntryBlock ReadAfter(long after, BlockLimit limit)
    {
        if (after + 1 < first)
        {
            throw new EntriesRemovedException(Room.Room, first);
        }

        int start = (int)Math.Clamp(after + 1 - first, 0, entries.Count);
        int end = start;
        long bytes = 0;
        while (end < entries.Count && end - start < limit.Entries && (end == start || bytes + entries[end].Bytes.Length <= limit.Bytes))
        {
            bytes += entries[end++].Bytes.Length;
        }

        return Slice(start, end);
    }

    /// <summary>The newest entries up to <paramref name="before"/> - 1.</summary>
    /// <exception cref="EntriesRemovedException">The last one wanted has been removed.</exception>
    public EntryBlock ReadBefore(long before, BlockLimit limit)
    {
        if (before > 1 && before <= first)
        {
            throw new EntriesRemovedException(Room.Room, first);
        }

        int end = (int)Math.Clamp(before - first, 0, entries.Count);
        int start = end;
        long bytes = 0;
        while (start > 0 && end - start < limit.Entries && (start == end || bytes + entries[start - 1].Bytes.Length <= limit.Bytes))
        {
            bytes += entries[--start].Bytes.Length;
        }

        return Slice(start, end);
    }

    /// <summary>Entries whose target lies in a range, by their own seq.</summary>
    public IReadOnlyList<LogEntry> ReadTargeting(long firstTarget, long lastTarget)
    {
        List<LogEntry> found = [];
        for (long target = Math.Max(firstTarget, Room.FirstSeq); target <= Math.Min(lastTarget, Room.Head); target++)
        {
            if (targeting.TryGetValue(target, out List<LogEntry>? list))
            {
                found.AddRange(list);
            }
        }

        found.Sort((left, right) => left.Seq.CompareTo(right.Seq));
        return found;
    }

    private List<LogEntry> AddEntries(IReadOnlyList<LogEntry> added)
    {
        List<LogEntry> scrubbed = [];
        foreach (LogEntry entry in added)
        {
            entries.Add(entry);
            if (entry.Target == 0)
            {
                continue;
            }

            if (!targeting.TryGetValue(entry.Target, out List<LogEntry>? list))
            {
                targeting[entry.Target] = list = [];
            }

            list.Add(entry);
            if (entry.Kind == EntryKind.Delete)
            {
                Scrub(entry.Target, list, scrubbed);
            }
        }

        return scrubbed;
    }

    private void Scrub(long target, List<LogEntry> changes, List<LogEntry> scrubbed)
    {
        if (Find(target) is { Kind: EntryKind.Message } message)
        {
            scrubbed.Add(entries[(int)(target - first)] = ScrubbedForm.Of(message));
            Uses.RemoveWhere(use => use.Seq == target);
        }

        for (int i = 0; i < changes.Count; i++)
        {
            if (ScrubbedForm.Concerns(changes[i], target))
            {
                scrubbed.Add(entries[(int)(changes[i].Seq - first)] = changes[i] = ScrubbedForm.Of(changes[i]));
            }
        }
    }

    /// <summary>Messages after a seq by others than one user, those that are deleted not counted.</summary>
    public long CountMessages(long after, string exceptFrom) =>
        entries.Skip((int)Math.Clamp(after + 1 - first, 0, entries.Count)).Count(entry => entry.Kind == EntryKind.Message && entry.From != exceptFrom);

    private EntryBlock Slice(int start, int end) => start == end ? EntryBlock.Empty : new EntryBlock(CollectionsMarshal.AsSpan(entries)[start..end].ToArray());
}
