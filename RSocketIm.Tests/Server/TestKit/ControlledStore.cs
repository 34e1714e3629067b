using RSocketIm.Server.Storage;

namespace RSocketIm.Tests.Server.TestKit;

/// <summary>A memory store whose commits and reads a test can hold, let go, fail and count.</summary>
internal sealed class ControlledStore : IRoomStore, IReceiptStore, IAttachmentStore
{
    private readonly MemoryRoomStore inner = new();
    private volatile Hold? commitHold;
    private volatile Hold? readHold;
    private int commits;
    private int reads;
    private int receiptWrites;
    private int readsLetThrough;

    public Exception? CommitFailure { get; set; }

    public Exception? ReadFailure { get; set; }

    public int Commits => commits;

    public int Reads => reads;

    public int ReceiptWrites => receiptWrites;

    /// <summary>Whether a read that is held has its entries already, as they were before it was held.</summary>
    public bool KeepReadsFromBefore { get; set; }

    public Exception? AddAttachmentFailure { get; set; }

    /// <summary>Commits wait from now on; the task ends when the first one does.</summary>
    public Task HoldCommits() => (commitHold = new Hold()).Started.Task;

    /// <summary>Reads wait from now on; the task ends when the first one does.</summary>
    public Task HoldReads() => (readHold = new Hold()).Started.Task;

    public void LetCommitsGo()
    {
        Hold? hold = commitHold;
        commitHold = null;
        hold?.Gate.SetResult();
    }

    /// <summary>The next read does not wait.</summary>
    public void LetOneReadThrough() => Interlocked.Increment(ref readsLetThrough);

    public void LetReadsGo()
    {
        Hold? hold = readHold;
        readHold = null;
        hold?.Gate.SetResult();
    }

    public IAsyncEnumerable<StoredRoom> LoadRoomsAsync(CancellationToken cancellationToken) => inner.LoadRoomsAsync(cancellationToken);

    public async ValueTask CommitAsync(IReadOnlyList<RoomCommit> commits, CancellationToken cancellationToken)
    {
        await (commitHold?.WaitAsync() ?? Task.CompletedTask);

        if (CommitFailure is { } failure)
        {
            throw failure;
        }

        Interlocked.Increment(ref this.commits);
        await inner.CommitAsync(commits, cancellationToken);
    }

    public ValueTask<IReadOnlyList<SentEntry?>> FindSendsAsync(IReadOnlyList<SendKey> keys, CancellationToken cancellationToken) =>
        inner.FindSendsAsync(keys, cancellationToken);

    public async ValueTask<EntryBlock> ReadAfterAsync(string room, long after, BlockLimit limit, CancellationToken cancellationToken)
    {
        // As a store that has fetched its bytes and is slow to hand them over.
        EntryBlock? early = KeepReadsFromBefore ? await inner.ReadAfterAsync(room, after, limit, cancellationToken) : null;
        await StartReadAsync();
        return early ?? await inner.ReadAfterAsync(room, after, limit, cancellationToken);
    }

    public async ValueTask<EntryBlock> ReadBeforeAsync(string room, long before, BlockLimit limit, CancellationToken cancellationToken)
    {
        await StartReadAsync();
        return await inner.ReadBeforeAsync(room, before, limit, cancellationToken);
    }

    public ValueTask<IReadOnlyList<LogEntry>> ReadTargetingAsync(
        string room, long firstTarget, long lastTarget, CancellationToken cancellationToken) =>
        inner.ReadTargetingAsync(room, firstTarget, lastTarget, cancellationToken);

    public async ValueTask SetReceiptsAsync(IReadOnlyCollection<ReceiptRecord> receipts, CancellationToken cancellationToken)
    {
        await (commitHold?.WaitAsync() ?? Task.CompletedTask);

        if (CommitFailure is { } failure)
        {
            throw failure;
        }

        Interlocked.Increment(ref receiptWrites);
        await inner.SetReceiptsAsync(receipts, cancellationToken);
    }

    public ValueTask<IReadOnlyList<long>> FindReceiptsAsync(IReadOnlyList<(string Room, string User)> keys, CancellationToken cancellationToken) =>
        inner.FindReceiptsAsync(keys, cancellationToken);

    public ValueTask<long> CountMessagesAsync(string room, long after, string exceptFrom, CancellationToken cancellationToken) =>
        inner.CountMessagesAsync(room, after, exceptFrom, cancellationToken);

    public ValueTask<AttachmentAddition> AddAttachmentAsync(AttachmentRecord attachment, long roomBytes, CancellationToken cancellationToken) =>
        AddAttachmentFailure is { } failure ? throw failure : inner.AddAttachmentAsync(attachment, roomBytes, cancellationToken);

    public ValueTask<RoomAttachments> CountRoomAsync(string room, string? hash, CancellationToken cancellationToken) => inner.CountRoomAsync(room, hash, cancellationToken);

    public ValueTask<AttachmentRecord?> FindAttachmentAsync(string id, CancellationToken cancellationToken) => inner.FindAttachmentAsync(id, cancellationToken);

    public ValueTask<IReadOnlyList<AttachmentRecord>> ListUnusedAttachmentsAsync(long createdBefore, int limit, CancellationToken cancellationToken) =>
        inner.ListUnusedAttachmentsAsync(createdBefore, limit, cancellationToken);

    public ValueTask<string?> RemoveAttachmentAsync(string id, CancellationToken cancellationToken) => inner.RemoveAttachmentAsync(id, cancellationToken);

    public ValueTask<bool> IsContentUsedAsync(string hash, CancellationToken cancellationToken) => inner.IsContentUsedAsync(hash, cancellationToken);

    /// <summary>Retention, by hand.</summary>
    public ValueTask RemoveBeforeAsync(string room, long firstSeq, CancellationToken cancellationToken) => inner.RemoveBeforeAsync(room, firstSeq, cancellationToken);

    private async ValueTask StartReadAsync()
    {
        Interlocked.Increment(ref reads);
        if (Interlocked.Exchange(ref readsLetThrough, Math.Max(0, readsLetThrough - 1)) == 0)
        {
            await (readHold?.WaitAsync() ?? Task.CompletedTask);
        }

        if (ReadFailure is { } failure)
        {
            throw failure;
        }
    }

    private sealed class Hold
    {
        public TaskCompletionSource Started { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Gate { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task WaitAsync()
        {
            Started.TrySetResult();
            return Gate.Task;
        }
    }
}
