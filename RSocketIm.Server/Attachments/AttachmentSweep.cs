using RSocketIm.Server.Rooms;
using RSocketIm.Server.Signals;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Attachments;

/// <summary>Removes files that nothing refers to: uploads whose message never came, files of deleted messages, and what a crash left.</summary>
internal sealed class AttachmentSweep : IDisposable
{
    // What a deleted message carried goes at once, as its words do; the store needs a moment to forget that it was used.
    private static readonly TimeSpan DropDelay = TimeSpan.FromSeconds(5);
    private const int Step = 256;

    private readonly RoomDirectory directory;
    private readonly IAttachmentStore store;
    private readonly AttachmentFiles files;
    private readonly AttachmentOptions options;
    private readonly TimeProvider time;
    private readonly ILogger<AttachmentSweep> log;
    private readonly ExpiryQueue<string> dropped;
    private readonly ITimer timer;
    private Task last = Task.CompletedTask;

    /// <summary>Creates the sweep; the first is after <see cref="AttachmentOptions.SweepEvery"/>.</summary>
    public AttachmentSweep(
        RoomDirectory directory, IAttachmentStore store, AttachmentFiles files, AttachmentOptions options, TimeProvider time, ILogger<AttachmentSweep> log)
    {
        this.directory = directory;
        this.store = store;
        this.files = files;
        this.options = options;
        this.time = time;
        this.log = log;
        dropped = new ExpiryQueue<string>(time, DropDelay, id => Run(() => RemoveAsync(id)));
        directory.AttachmentsDropped += Drop;
        timer = time.CreateTimer(_ => Run(SweepAsync), null, options.SweepEvery, options.SweepEvery);
    }

    /// <summary>What was started last, by the timer or by a delete; ends when that has ended. For tests and for the stop.</summary>
    public Task Last => Volatile.Read(ref last);

    /// <summary>Begins with <see cref="RemoveUnknownAsync"/>, and does not wait for it.</summary>
    public void Start() => Run(() => RemoveUnknownAsync(CancellationToken.None));

    /// <summary>Removes files that the store does not know: their upload ended between the disk and the store.</summary>
    public async Task RemoveUnknownAsync(CancellationToken cancellationToken)
    {
        foreach (string hash in files.Hashes())
        {
            cancellationToken.ThrowIfCancellationRequested();
            using IDisposable turn = await files.TakeTurnAsync(hash).ConfigureAwait(false);
            if (!await store.IsContentUsedAsync(hash, cancellationToken).ConfigureAwait(false))
            {
                files.Delete(hash);
            }
        }
    }

    /// <summary>Removes what no message has carried for long enough.</summary>
    public async Task SweepAsync()
    {
        long before = (time.GetUtcNow() - options.UnusedFor).ToUnixTimeMilliseconds();
        int removed = 0;
        IReadOnlyList<AttachmentRecord> unused;
        do
        {
            unused = await store.ListUnusedAttachmentsAsync(before, Step, CancellationToken.None).ConfigureAwait(false);
            foreach (AttachmentRecord attachment in unused)
            {
                await RemoveAsync(attachment.Id).ConfigureAwait(false);
            }

            removed += unused.Count;
        }
        while (unused.Count == Step);

        if (removed > 0)
        {
            log.Swept(removed);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        directory.AttachmentsDropped -= Drop;
        dropped.Dispose();
        timer.Dispose();
    }

    private void Drop(IReadOnlyCollection<string> ids)
    {
        foreach (string id in ids)
        {
            dropped.Add(id);
        }
    }

    private async Task RemoveAsync(string id)
    {
        if (await store.FindAttachmentAsync(id, CancellationToken.None).ConfigureAwait(false) is not { } attachment)
        {
            return;
        }

        // In the content's turn: nobody adds a name for it between the last one going and the file.
        using IDisposable turn = await files.TakeTurnAsync(attachment.Hash).ConfigureAwait(false);
        if (await store.RemoveAttachmentAsync(id, CancellationToken.None).ConfigureAwait(false) is { } hash)
        {
            files.Delete(hash);
        }
    }

    private void Run(Func<Task> work) => Volatile.Write(ref last, RunAsync(work));

    private async Task RunAsync(Func<Task> work)
    {
        await Task.Yield();
        try
        {
            await work().ConfigureAwait(false);
        }
        catch (Exception error)
        {
            // The next sweep tries again.
            log.SweepFailed(error);
        }
    }
}
