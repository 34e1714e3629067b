using System.Runtime.InteropServices;

namespace RSocketIm.Server.Storage;

/// <summary>One room of a <see cref="MemoryRoomStore"/>; touched only under the store's lock.</summary>
internal sealed class MemoryLog(RoomRecord room)
{
    private readonly List<LogEntry> entries = [];
    private readonly Dictionary<long, List<LogEntry>> targeting = [];

    /// <summary>The room as it was committed last; before its first commit, without entries.</summary>
    public RoomRecord Room { get; private set; } = room with { Head = 0 };

    /// <summary>Members by user.</summary>
    public Dictionary<string, MemberRecord> Members { get; } = new(StringComparer.Ordinal);

    /// <summary>Messages by sender and the sender's id.</summary>
    public Dictionary<(string User, string Id), SentEntry> Sends { get; } = [];

    /// <summary>Adds a commit that has been checked.</summary>
    /// <returns>Entries that a delete among it left without words.</returns>
    public List<LogEntry> Add(RoomCommit commit)
    {
        Room = commit.Room with { FirstSeq = Room.FirstSeq };
        entries.AddRange(commit.Entries);
        List<LogEntry> scrubbed = [];
        foreach (LogEntry entry in commit.Entries)
        {
            if (entry.Kind == EntryKind.Delete)
            {
                Scrub(entry.Target, scrubbed);
            }

            if (entry.Target > 0)
            {
                if (!targeting.TryGetValue(entry.Target, out List<LogEntry>? list))
                {
                    targeting[entry.Target] = list = [];
                }

                list.Add(entry);
            }
        }

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

        return scrubbed;
    }

    /// <summary>Removes what is before a seq.</summary>
    public void RemoveBefore(long firstSeq)
    {
        entries.RemoveRange(0, (int)(firstSeq - Room.FirstSeq));
        foreach ((string User, string Id) key in Sends.Where(pair => pair.Value.Seq < firstSeq).Select(pair => pair.Key).ToArray())
        {
            Sends.Remove(key);
        }

        Room = Room with { FirstSeq = firstSeq };
    }

    /// <summary>Entries from <paramref name="after"/> + 1 on.</summary>
    public EntryBlock ReadAfter(long after, BlockLimit limit)
    {
        if (after >= Room.Head)
        {
            return EntryBlock.Empty;
        }

        if (after + 1 < Room.FirstSeq)
        {
            throw new EntriesRemovedException(Room.Room, Room.FirstSeq);
        }

        int start = (int)(after + 1 - Room.FirstSeq);
        int end = start;
        long bytes = 0;
        while (end < entries.Count && end - start < limit.Entries && (end == start || bytes + entries[end].Bytes.Length <= limit.Bytes))
        {
            bytes += entries[end++].Bytes.Length;
        }

        return Slice(start, end);
    }

    /// <summary>The newest entries up to <paramref name="before"/> - 1.</summary>
    public EntryBlock ReadBefore(long before, BlockLimit limit)
    {
        int end = (int)Math.Clamp(before - Room.FirstSeq, 0, entries.Count);
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

    private void Scrub(long target, List<LogEntry> scrubbed)
    {
        for (int i = 0; i < entries.Count; i++)
        {
            if (ScrubbedForm.Concerns(entries[i], target))
            {
                scrubbed.Add(entries[i] = ScrubbedForm.Of(entries[i]));
            }
        }

        if (targeting.TryGetValue(target, out List<LogEntry>? changes))
        {
            targeting[target] = changes.ConvertAll(change => scrubbed.Find(entry => entry.Seq == change.Seq) ?? change);
        }
    }

    private EntryBlock Slice(int start, int end) => start == end ? EntryBlock.Empty : new EntryBlock(CollectionsMarshal.AsSpan(entries)[start..end].ToArray());
}
