using System.Runtime.InteropServices;

namespace RSocketIm.Server.Storage;

/// <summary>One room of a <see cref="MemoryRoomStore"/>; touched only under the store's lock.</summary>
internal sealed class MemoryLog(RoomRecord room)
{
    private readonly List<LogEntry> entries = [];
    private readonly Dictionary<long, List<LogEntry>> targeting = [];
    private readonly Dictionary<string, ReceiptRecord> receipts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, AttachmentRecord> attachments = new(StringComparer.Ordinal);

    // Seq of entries[0], while there is one.
    private long first = 1;

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
        AddEntries(commit.Entries);
        Replace(commit.Replaced);
        Trim(commit.Room.FirstSeq);
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

        foreach (ReceiptRecord receipt in commit.Receipts)
        {
            receipts[receipt.User] = receipt;
        }

        foreach (AttachmentRecord attachment in commit.Attachments)
        {
            if (attachment.IsUnused)
            {
                attachments.Remove(attachment.Id);
            }
            else
            {
                attachments[attachment.Id] = attachment;
            }
        }
    }

    /// <summary>What a start reads.</summary>
    public StoredRoom ToStored() =>
        new(Room, [.. Members.Values]) { Receipts = [.. receipts.Values], Attachments = [.. attachments.Values] };

    /// <summary>The entry of this seq, or null.</summary>
    public LogEntry? Find(long seq) => seq >= first && seq < first + entries.Count ? entries[(int)(seq - first)] : null;

    /// <summary>Entries from <paramref name="after"/> + 1 on.</summary>
    public EntryBlock ReadAfter(long after, BlockLimit limit)
    {
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
    public EntryBlock ReadBefore(long before, BlockLimit limit)
    {
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

    private void AddEntries(IReadOnlyList<LogEntry> added)
    {
        entries.AddRange(added);
        foreach (LogEntry entry in added)
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
    }

    private void Replace(IReadOnlyCollection<LogEntry> replaced)
    {
        foreach (LogEntry entry in replaced)
        {
            entries[(int)(entry.Seq - first)] = entry;
            if (entry.Target > 0)
            {
                List<LogEntry> list = targeting[entry.Target];
                list[list.FindIndex(old => old.Seq == entry.Seq)] = entry;
            }
        }
    }

    private void Trim(long newFirst)
    {
        if (newFirst <= first)
        {
            return;
        }

        int gone = (int)Math.Min(newFirst - first, entries.Count);
        foreach (LogEntry entry in entries.Take(gone).Where(entry => entry.Target > 0))
        {
            targeting[entry.Target].Remove(entry);
        }

        entries.RemoveRange(0, gone);
        first = newFirst;
    }

    private EntryBlock Slice(int start, int end) => start == end ? EntryBlock.Empty : new EntryBlock(CollectionsMarshal.AsSpan(entries)[start..end].ToArray());
}
