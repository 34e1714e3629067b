using System.Text;
using Microsoft.Data.Sqlite;
using RSocketIm.Server.Storage;
using RSocketIm.Server.Storage.Sqlite;
using RSocketIm.Tests.Server.TestKit;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Server.Storage.Sqlite;

public sealed class FailureTests : IAsyncLifetime, IDisposable
{
    private static readonly BlockLimit Much = new(10_000, 1 << 24);
    private readonly DataDirectory directory = new();
    private readonly SqliteRoomStore store;
    private readonly LogBuilder log;

    public FailureTests()
    {
        store = directory.Open();
        log = new LogBuilder(store);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await store.DisposeAsync();

    public void Dispose() => directory.Dispose();

    [Fact]
    public async Task AFullDisk_FailsCommitsAndLeavesReadersAloneUntilThereIsSpaceAgain()
    {
        await log.Messages("lobby", 10).CommitAsync();
        await SqlAsync("PRAGMA max_page_count = 1");
        RoomCommit[] failed = log.Messages("lobby", 2000).Messages("new", 1).Take();

        Assert.Equal(13, (await Assert.ThrowsAsync<SqliteException>(async () => await store.CommitAsync(failed, default))).SqliteErrorCode);

        Assert.Contains("full", store.Failure, StringComparison.Ordinal);
        Assert.Equal(10, (await store.ReadAfterAsync("lobby", 0, Much, default)).Last);
        Assert.Equal(EntryBlock.Empty.Last, (await store.ReadAfterAsync("new", 0, Much, default)).Last);

        await SqlAsync("PRAGMA max_page_count = 1000000");
        await store.CommitAsync(failed, default);

        Assert.Null(store.Failure);
        Assert.Equal(2010, (await store.ReadAfterAsync("lobby", 0, Much, default)).Last);
        Assert.Empty((await store.VerifyAsync(default)).Problems);
    }

    [Fact]
    public async Task AFailedSync_LeavesNothingBehindAndTheStoreGoesOnWhenTheDiskDoes()
    {
        await log.Messages("lobby", 10).CommitAsync();
        RoomCommit[] failed = log.Messages("lobby", 5).Messages("new", 1).Take(new MemberRecord("ann", Standing.Owner, 1, 1));
        store.Writer.Fault = fault => _ = fault == StoreFault.Sync ? throw new SqliteException("disk I/O error", 10, 1034) : 0;

        await Assert.ThrowsAsync<SqliteException>(async () => await store.CommitAsync(failed, default));
        await Assert.ThrowsAsync<SqliteException>(async () => await store.CommitAsync(failed, default));

        Assert.NotNull(store.Failure);
        Assert.Equal(10, (await store.ReadAfterAsync("lobby", 0, Much, default)).Last);
        store.Writer.Fault = null;
        using (DataDirectory crashed = directory.Copy())
        {
            await using SqliteRoomStore copy = crashed.Open();
            Assert.Equal(10, (await copy.ReadAfterAsync("lobby", 0, Much, default)).Last);
        }

        log.Forget(failed);
        await log.Message("lobby", "instead").CommitAsync();

        Assert.Null(store.Failure);
        Assert.Equal("instead", (await store.ReadAfterAsync("lobby", 10, Much, default)).Entries.Single().Decode().Text);
        Assert.Empty((await store.VerifyAsync(default)).Problems);
    }

    [Fact]
    public async Task AStoreThatFailed_TriesAgainByItselfAndSaysWhenItIsWell()
    {
        using DataDirectory other = new();
        FakeTimeProvider time = new();
        await using SqliteRoomStore failing = other.Open(time: time);
        failing.Writer.Fault = _ => throw new SqliteException("disk I/O error", 10, 10);
        await Assert.ThrowsAsync<SqliteException>(async () => await failing.CommitAsync(new LogBuilder(failing).Messages("lobby", 1).Take(), default));
        Assert.NotNull(failing.Failure);

        failing.Writer.Fault = null;
        time.Advance(TimeSpan.FromSeconds(1));

        // Behind the probe in the writer's queue.
        await failing.Accounts.SetPasswordAsync("nobody", "x", default);
        Assert.Null(failing.Failure);
    }

    [Fact]
    public async Task AFlippedByte_IsToldAndKeptAsideAndHarmsNobodyElse()
    {
        await log.Messages("lobby", 300).Messages("other", 10).CommitAsync();
        await using SqliteRoomStore damaged = await ReopenFlippedAsync("text 200 of lobby");
        await damaged.SettleAsync();

        DamagedBlock expected = new("lobby", 129, 256);
        Assert.Equal(expected, (await Assert.ThrowsAsync<DamagedBlockException>(async () => await damaged.ReadAfterAsync("lobby", 128, Much, default))).Block);
        await damaged.SettleAsync();
        Assert.Equal(expected, (await Assert.ThrowsAsync<DamagedBlockException>(async () => await damaged.ReadAfterAsync("lobby", 199, Much, default))).Block);
        Assert.Equal(128, (await damaged.ReadAfterAsync("lobby", 0, Much, default)).Last);
        Assert.Equal(300, (await damaged.ReadAfterAsync("lobby", 256, Much, default)).Last);
        Assert.Equal(10, (await damaged.ReadAfterAsync("other", 0, Much, default)).Last);
        Assert.Equal([expected], damaged.Damages);
        LogBuilder more = new(damaged);
        await more.LoadAsync();
        await more.Messages("lobby", 1).CommitAsync();

        VerifyReport report = await damaged.VerifyAsync(default);
        Assert.Equal(["Room lobby: entries 129..256 are damaged and were set aside."], report.Problems);
        await damaged.DisposeAsync();
        await using SqliteRoomStore again = directory.Open();
        Assert.Equal([expected], again.Damages);
    }

    [Fact]
    public async Task ARead_TouchesNoBlockBeyondWhatWasAskedFor()
    {
        await log.Messages("lobby", 300).CommitAsync();
        await using SqliteRoomStore damaged = await ReopenFlippedAsync("text 200 of lobby");

        Assert.Equal(128, (await damaged.ReadAfterAsync("lobby", 0, new BlockLimit(128, 1 << 20), default)).Last);
        Assert.Equal(257, (await damaged.ReadBeforeAsync("lobby", 301, new BlockLimit(44, 1 << 20), default)).First);
        await damaged.SettleAsync();
        Assert.Empty(damaged.Damages);

        Assert.Equal(257, (await damaged.ReadBeforeAsync("lobby", 301, new BlockLimit(45, 1 << 20), default)).First);
        await damaged.SettleAsync();
        Assert.Equal([new DamagedBlock("lobby", 129, 256)], damaged.Damages);
    }

    [Fact]
    public async Task AFlippedByte_IsFoundByVerifyBeforeAnybodyReadsIt()
    {
        await log.Messages("lobby", 300).CommitAsync();
        await using SqliteRoomStore damaged = await ReopenFlippedAsync("text 42 of lobby");

        string problem = (await damaged.VerifyAsync(default)).Problems.Single();

        Assert.StartsWith("Block 1..128 of room lobby is not what was written there", problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ATruncatedWal_CostsOnlyWhatWasNotInItAndLeavesNoHole()
    {
        for (int i = 0; i < 40; i++)
        {
            await log.Messages("lobby", 3).Messages("other", 1).CommitAsync();
        }

        // At one moment: copied file by file while the background merges blocks, the files would not be of one time.
        Task<DataDirectory> copying = CopyAtOneMomentAsync();
        await log.Messages("lobby", 3).Messages("other", 1).CommitAsync();
        using DataDirectory whole = await copying;
        long length = new FileInfo(whole.File("log.db-wal")).Length;
        for (int part = 0; part <= 10; part++)
        {
            using DataDirectory cut = whole.Copy();
            using (FileStream wal = new(cut.File("log.db-wal"), FileMode.Open))
            {
                wal.SetLength((length * part / 10) - (part * 7));
            }

            await using SqliteRoomStore reopened = cut.Open();
            VerifyReport report = await reopened.VerifyAsync(default);

            Assert.Empty(report.Problems);
            Assert.Equal(0, report.Entries % 4);
        }
    }

    [Fact]
    public async Task ACrashAtAnyMoment_LosesNothingThatWasAcknowledged()
    {
        long acknowledged = 0;
        using CancellationTokenSource stop = new();
        Task writing = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await log.Messages("lobby", 1 + (int)(acknowledged % 5)).Messages("other", 1).CommitAsync();
                Volatile.Write(ref acknowledged, log.Head("lobby"));
            }
        });

        for (int round = 0; round < 10; round++)
        {
            long before = Volatile.Read(ref acknowledged);
            using DataDirectory copy = await CopyAtOneMomentAsync();
            await using SqliteRoomStore reopened = copy.Open();

            VerifyReport report = await reopened.VerifyAsync(default);

            Assert.Empty(report.Problems);
            LogBuilder found = new(reopened);
            await found.LoadAsync();
            Assert.True(found.Head("lobby") >= before, $"{before} was acknowledged, {found.Head("lobby")} is there.");
            SendKey[] keys = [.. Enumerable.Range(1, (int)found.Head("lobby")).Select(seq => new SendKey("lobby", "ann", $"id-{seq}"))];
            Assert.Equal(keys.Select((_, i) => (long?)i + 1), (await reopened.FindSendsAsync(keys, default)).Select(sent => sent?.Seq));
        }

        await stop.CancelAsync();
        await writing;
    }

    /// <summary>Stops the store, harms a byte near what a message says, and opens the store anew.</summary>
    private async Task<SqliteRoomStore> ReopenFlippedAsync(string near)
    {
        await store.SettleAsync();
        await store.DisposeAsync();
        string path = directory.File("log.db");
        byte[] content = await File.ReadAllBytesAsync(path);
        content[content.AsSpan().IndexOf(Encoding.ASCII.GetBytes(near)) + 2] ^= 0x10;
        await File.WriteAllBytesAsync(path, content);
        return directory.Open();
    }

    private async Task SqlAsync(string sql) => await store.Writer.RunAsync(statements => statements.Get(sql).Execute());

    // A process that dies stops all its files at once; so the writer is held at the end of a transaction while they are copied.
    private async Task<DataDirectory> CopyAtOneMomentAsync()
    {
        TaskCompletionSource held = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource copied = new();
        store.Writer.Fault = fault =>
        {
            if (fault == StoreFault.Sync && held.TrySetResult())
            {
                copied.Task.Wait();
            }
        };
        await held.Task;
        DataDirectory copy = directory.Copy();
        store.Writer.Fault = null;
        copied.SetResult();
        return copy;
    }
}
