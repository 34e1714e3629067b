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
    public void Add(RoomCommit commit)
    {
        Room = commit.Room;
        entries.AddRange(commit.Entries);
        foreach (LogEntry entry in commit.Entries)
        {
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
            Sends.Add((sent.Key.User, sent.Key.Id), sent);
        }
    }

    /// <summary>Entries from <paramref name="after"/> + 1 on.</summary>
    public EntryBlock ReadAfter(long after, BlockLimit limit)
    {
        int start = (int)Math.Min(after, entries.Count);
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
        int end = (int)Math.Clamp(before - 1, 0, entries.Count);
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
        for (long target = firstTarget; target <= Math.Min(lastTarget, Room.Head); target++)
        {
            if (targeting.TryGetValue(target, out List<LogEntry>? list))
            {
                found.AddRange(list);
            }
        }

        found.Sort((left, right) => left.Seq.CompareTo(right.Seq));
        return found;
    }

    private EntryBlock Slice(int start, int end) => start == end ? EntryBlock.Empty : new EntryBlock(CollectionsMarshal.AsSpan(entries)[start..end].ToArray());
}
