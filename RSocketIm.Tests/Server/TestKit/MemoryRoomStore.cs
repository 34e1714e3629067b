using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using RSocketIm.Server.Storage;

namespace RSocketIm.Tests.Server.TestKit;

/// <summary>A store that keeps everything in memory and forgets it at exit, and keeps the promises that a store makes.</summary>
/// <remarks>One lock for everything: a read copies a block of references under it, a commit appends a batch under it.</remarks>
internal sealed class MemoryRoomStore : IRoomStore, IRoomUpkeep, IReceiptStore, IAttachmentStore
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, MemoryLog> logs = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Room, string User), long> receipts = [];
    private readonly Dictionary<string, AttachmentRecord> attachments = new(StringComparer.Ordinal);

    /// <inheritdoc />
    public event Action<string, IReadOnlyList<LogEntry>>? EntriesScrubbed;

    /// <inheritdoc />
    public event Action<string, long>? FirstSeqMoved;

    /// <inheritdoc />
    public async IAsyncEnumerable<StoredRoom> LoadRoomsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        StoredRoom[] rooms;
        lock (gate)
        {
            rooms = [.. logs.Values.Select(log => new StoredRoom(log.Room, [.. log.Members.Values]))];
        }

        foreach (StoredRoom room in rooms)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return room;
        }

        await ValueTask.CompletedTask.ConfigureAwait(false);
    }

    /// <inheritdoc />
    public ValueTask CommitAsync(IReadOnlyList<RoomCommit> commits, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        List<(string Room, List<LogEntry> Entries)> scrubbed = [];
        lock (gate)
        {
            // All or nothing: look at everything before anything is changed.
            foreach (RoomCommit commit in commits)
            {
                RoomSuccession.Require(commit, logs.TryGetValue(commit.Room.Room, out MemoryLog? log) ? log.Room.Head : 0);
            }

            foreach (RoomCommit commit in commits)
            {
                MemoryLog log = CollectionsMarshal.GetValueRefOrAddDefault(logs, commit.Room.Room, out _) ??= new MemoryLog(commit.Room);
                scrubbed.Add((commit.Room.Room, log.Add(commit)));
            }
        }

        foreach ((string room, List<LogEntry> entries) in scrubbed)
        {
            if (entries.Count > 0)
            {
                EntriesScrubbed?.Invoke(room, entries);
            }
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<SentEntry?>> FindSendsAsync(IReadOnlyList<SendKey> keys, CancellationToken cancellationToken)
    {
        SentEntry?[] found = new SentEntry?[keys.Count];
        lock (gate)
        {
            for (int i = 0; i < found.Length; i++)
            {
                found[i] = logs.TryGetValue(keys[i].Room, out MemoryLog? log) ? log.Sends.GetValueOrDefault((keys[i].User, keys[i].Id)) : null;
            }
        }

        return ValueTask.FromResult<IReadOnlyList<SentEntry?>>(found);
    }

    /// <inheritdoc />
    public ValueTask<EntryBlock> ReadAfterAsync(string room, long after, BlockLimit limit, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            return ValueTask.FromResult(logs.TryGetValue(room, out MemoryLog? log) ? log.ReadAfter(after, limit) : EntryBlock.Empty);
        }
    }

    /// <inheritdoc />
    public ValueTask<EntryBlock> ReadBeforeAsync(string room, long before, BlockLimit limit, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            return ValueTask.FromResult(logs.TryGetValue(room, out MemoryLog? log) ? log.ReadBefore(before, limit) : EntryBlock.Empty);
        }
    }

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<LogEntry>> ReadTargetingAsync(
        string room, long firstTarget, long lastTarget, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            return ValueTask.FromResult(logs.TryGetValue(room, out MemoryLog? log) ? log.ReadTargeting(firstTarget, lastTarget) : []);
        }
    }

    /// <inheritdoc />
    public ValueTask SetReceiptsAsync(IReadOnlyCollection<ReceiptRecord> receipts, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            foreach (ReceiptRecord receipt in receipts.Where(receipt => logs.ContainsKey(receipt.Room)))
            {
                ref long readSeq = ref CollectionsMarshal.GetValueRefOrAddDefault(this.receipts, (receipt.Room, receipt.User), out _);
                readSeq = Math.Max(readSeq, receipt.ReadSeq);
            }
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<long>> FindReceiptsAsync(IReadOnlyList<(string Room, string User)> keys, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            return ValueTask.FromResult<IReadOnlyList<long>>([.. keys.Select(key => receipts.GetValueOrDefault(key))]);
        }
    }

    /// <inheritdoc />
    public ValueTask<long> CountMessagesAsync(string room, long after, string exceptFrom, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            return ValueTask.FromResult(logs.TryGetValue(room, out MemoryLog? log) ? log.CountMessages(after, exceptFrom) : 0);
        }
    }

    /// <inheritdoc />
    public ValueTask<AttachmentAddition> AddAttachmentAsync(AttachmentRecord attachment, long roomBytes, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            RoomAttachments room = CountRoom(attachment.Room, attachment.Hash);
            return ValueTask.FromResult(
                attachments.ContainsKey(attachment.Id) ? AttachmentAddition.IdTaken
                : !room.HasContent && attachment.Size > roomBytes - room.Bytes ? AttachmentAddition.RoomIsFull
                : attachments.TryAdd(attachment.Id, attachment) ? AttachmentAddition.Added : AttachmentAddition.IdTaken);
        }
    }

    /// <inheritdoc />
    public ValueTask<RoomAttachments> CountRoomAsync(string room, string? hash, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            return ValueTask.FromResult(CountRoom(room, hash));
        }
    }

    /// <inheritdoc />
    public ValueTask<AttachmentRecord?> FindAttachmentAsync(string id, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            return ValueTask.FromResult(attachments.GetValueOrDefault(id));
        }
    }

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<AttachmentRecord>> ListUnusedAttachmentsAsync(long createdBefore, int limit, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            return ValueTask.FromResult<IReadOnlyList<AttachmentRecord>>(
                [.. attachments.Values.Where(attachment => attachment.CreatedAt < createdBefore && !IsUsed(attachment)).Take(limit)]);
        }
    }

    /// <inheritdoc />
    public ValueTask<string?> RemoveAttachmentAsync(string id, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (!attachments.TryGetValue(id, out AttachmentRecord? attachment) || IsUsed(attachment))
            {
                return ValueTask.FromResult<string?>(null);
            }

            attachments.Remove(id);
            return ValueTask.FromResult(HasContent(attachment.Hash) ? null : attachment.Hash);
        }
    }

    /// <inheritdoc />
    public ValueTask<bool> IsContentUsedAsync(string hash, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            return ValueTask.FromResult(HasContent(hash));
        }
    }

    /// <inheritdoc />
    public ValueTask RemoveBeforeAsync(string room, long firstSeq, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (!logs.TryGetValue(room, out MemoryLog? log) || firstSeq <= log.Room.FirstSeq)
            {
                return ValueTask.CompletedTask;
            }

            ArgumentOutOfRangeException.ThrowIfGreaterThan(firstSeq, log.Room.Head + 1);
            log.RemoveBefore(firstSeq);
        }

        FirstSeqMoved?.Invoke(room, firstSeq);
        return ValueTask.CompletedTask;
    }

    private bool IsUsed(AttachmentRecord attachment) =>
        logs.TryGetValue(attachment.Room, out MemoryLog? log) && log.Uses.Any(use => use.Id == attachment.Id);

    private RoomAttachments CountRoom(string room, string? hash)
    {
        AttachmentRecord[] contents = [.. attachments.Values.Where(attachment => attachment.Room == room).DistinctBy(attachment => attachment.Hash)];
        return new RoomAttachments(contents.Sum(attachment => attachment.Size), contents.Any(attachment => attachment.Hash == hash));
    }

    private bool HasContent(string hash) => attachments.Values.Any(attachment => attachment.Hash == hash);
}
