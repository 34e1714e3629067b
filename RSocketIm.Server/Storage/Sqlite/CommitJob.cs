namespace RSocketIm.Server.Storage.Sqlite;

/// <summary>One turn of the commit loop: a block for each room, and the rows that changed beside the logs.</summary>
internal sealed class CommitJob(IReadOnlyList<RoomCommit> commits, RoomSlots slots, SendIndex sends, Maintenance maintenance) : WriteJob
{
    private readonly List<(RoomSlot Slot, RoomCommit Commit)> done = new(commits.Count);

    /// <inheritdoc />
    // Its check is against what is on disk, not against another commit of the same transaction.
    public override bool Alone => true;

    /// <inheritdoc />
    public override void Check()
    {
        foreach (RoomCommit commit in commits)
        {
            RoomSuccession.Require(commit, slots.Find(commit.Room.Room)?.Head ?? 0);
        }
    }

    /// <inheritdoc />
    public override void Run(LogStatements log)
    {
        int nextNumber = slots.NextNumber;
        foreach (RoomCommit commit in commits)
        {
            RoomSlot? slot = slots.Find(commit.Room.Room);
            if (slot is null)
            {
                slot = new RoomSlot(nextNumber++, commit.Room with { Head = 0, FirstSeq = 1 });
                InsertRoom(log, slot.Number, commit.Room);
            }
            else if (slot.Settings.Title != commit.Room.Title || slot.Settings.Kind != commit.Room.Kind)
            {
                log.Get("UPDATE rooms SET title = ?2, kind = ?3 WHERE number = ?1")
                    .Bind(1, slot.Number).Bind(2, commit.Room.Title).Bind(3, (long)commit.Room.Kind).Execute();
            }

            log.Get("INSERT INTO heads VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET head = excluded.head, head_at = excluded.head_at")
                .Bind(1, slot.Number).Bind(2, commit.Room.Head).Bind(3, commit.Room.HeadAt).Execute();
            LogEntry[] entries = commit.Entries as LogEntry[] ?? [.. commit.Entries];
            log.InsertBlocks(slot, entries);
            WriteChanges(log, slot, entries);
            WriteMembers(log, slot.Number, commit.Members);
            foreach (AttachmentUse use in commit.Attachments)
            {
                log.Get("INSERT OR IGNORE INTO attachment_uses VALUES (?1, ?2)").Bind(1, Place.Of(slot.Number, use.Seq)).Bind(2, use.Id).Execute();
            }

            done.Add((slot, commit));
        }
    }

    /// <inheritdoc />
    public override void Committed()
    {
        foreach ((RoomSlot slot, RoomCommit commit) in done)
        {
            long oldHead = slot.Head;
            foreach (LogEntry entry in commit.Entries)
            {
                if (entry.Kind == EntryKind.Delete)
                {
                    slot.Scrubs = slot.Scrubs.Add(entry.Target);
                }
            }

            slot.Settings = commit.Room;
            slot.Head = commit.Room.Head;
            if (oldHead == 0)
            {
                slots.Add(slot);
            }

            sends.Committed(slot, oldHead, commit.Sends);
            maintenance.Committed(slot, oldHead);
        }
    }

    private static void InsertRoom(LogStatements log, int number, RoomRecord room)
    {
        if (number > Place.MaxRoom)
        {
            throw new InvalidOperationException($"A store holds at most {Place.MaxRoom} rooms.");
        }

        log.Get("INSERT INTO rooms (number, room, title, kind, epoch, created_at, created_by) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")
            .Bind(1, number).Bind(2, room.Room).Bind(3, room.Title).Bind(4, (long)room.Kind).Bind(5, room.Epoch)
            .Bind(6, room.CreatedAt).Bind(7, room.CreatedBy).Execute();
    }

    private static void WriteChanges(LogStatements log, RoomSlot slot, ReadOnlySpan<LogEntry> entries)
    {
        foreach (LogEntry entry in entries)
        {
            if (entry.Target > 0)
            {
                log.Get("INSERT INTO changes VALUES (?1, ?2)").Bind(1, Place.Of(slot.Number, entry.Target)).Bind(2, entry.Seq).Execute();
            }

            if (entry.Kind == EntryKind.Delete)
            {
                // The intent, in the same transaction as the delete: whatever happens next, the words will go.
                log.Get("INSERT OR IGNORE INTO scrubs VALUES (?1)").Bind(1, Place.Of(slot.Number, entry.Target)).Execute();
            }
        }
    }

    private static void WriteMembers(LogStatements log, int number, IReadOnlyCollection<MemberRecord> members)
    {
        foreach (MemberRecord member in members)
        {
            if (member.Standing == Standing.None)
            {
                log.Get("DELETE FROM members WHERE room = ?1 AND user = ?2").Bind(1, number).Bind(2, member.User).Execute();
            }
            else
            {
                log.Get("INSERT OR REPLACE INTO members VALUES (?1, ?2, ?3, ?4, ?5)")
                    .Bind(1, number).Bind(2, member.User).Bind(3, (long)member.Standing).Bind(4, member.JoinedAt).Bind(5, member.JoinedSeq).Execute();
            }
        }
    }
}
