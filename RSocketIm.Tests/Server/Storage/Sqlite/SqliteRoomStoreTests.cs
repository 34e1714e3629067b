using RSocketIm.Server.Storage;
using RSocketIm.Server.Storage.Sqlite;
using RSocketIm.Tests.Server.TestKit;

namespace RSocketIm.Tests.Server.Storage.Sqlite;

public sealed class SqliteRoomStoreTests : RoomStoreTests, IAsyncLifetime, IDisposable
{
    private readonly DataDirectory directory = new();
    private SqliteRoomStore store;

    public SqliteRoomStoreTests() => store = directory.Open();

    private protected override IRoomStore Store => store;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await store.DisposeAsync();

    public void Dispose() => directory.Dispose();

    [Fact]
    public async Task Reopened_ItHasEverythingThatWasCommitted()
    {
        LogBuilder log = new(store);
        await log.Messages("lobby", 200).Messages("other", 3).CommitAsync(new MemberRecord("ann", Standing.Owner, 5, 1));
        await log.Edit("lobby", 3, "new").CommitAsync();
        await store.SetRetentionAsync("lobby", new RetentionPolicy(1000, TimeSpan.FromDays(2)), default);

        await ReopenAsync();

        List<StoredRoom> rooms = [];
        await foreach (StoredRoom room in store.LoadRoomsAsync(default))
        {
            rooms.Add(room);
        }

        Assert.Equal([("lobby", 201L, "epoch-lobby", 1), ("other", 3L, "epoch-other", 1)], rooms.Select(r => (r.Room.Room, r.Room.Head, r.Room.Epoch, r.Members.Count)));
        Assert.Equal(new MemberRecord("ann", Standing.Owner, 5, 1), rooms[1].Members[0]);
        Assert.Equal("text 200 of lobby", (await store.ReadAfterAsync("lobby", 199, new BlockLimit(1, 1), default)).Entries[0].Decode().Text);
        Assert.Equal([201], (await store.ReadTargetingAsync("lobby", 1, 99, default)).Select(entry => entry.Seq));
        Assert.True((await store.VerifyAsync(default)).IsWhole);
        log = new LogBuilder(store);
        await log.LoadAsync();
        await log.Messages("lobby", 1).CommitAsync();
        Assert.Equal(202, (await store.ReadAfterAsync("lobby", 201, new BlockLimit(9, 999), default)).Last);
    }

    [Fact]
    public async Task SmallBlocks_AreMergedIntoTheBlocksThatFeedsAskFor()
    {
        LogBuilder log = new(store);
        for (int i = 0; i < 200; i++)
        {
            await log.Messages("lobby", 1).CommitAsync();
        }

        await store.SettleAsync();

        VerifyReport report = await store.VerifyAsync(default);
        Assert.Empty(report.Problems);

        // The first 128 are one block, the 72 of the range that is not full yet are as they came.
        Assert.Equal((73, 200), (report.Blocks, report.Entries));
    }

    [Fact]
    public async Task SmallBlocks_ThatACrashMadeItForget_AreMergedWhenSomebodyReadsThem()
    {
        LogBuilder log = new(store);
        for (int i = 0; i < 127; i++)
        {
            await log.Messages("lobby", 1).CommitAsync();
        }

        // As it is when the process dies with the last commit: full, and nobody knows that there is something to merge.
        await store.SettleAsync();
        using DataDirectory crashed = await CrashAfterAsync(log.Messages("lobby", 1));
        await using SqliteRoomStore reopened = crashed.Open();
        Assert.Equal(128, (await reopened.VerifyAsync(default)).Blocks);

        await reopened.ReadAfterAsync("lobby", 0, new BlockLimit(128, 1 << 20), default);
        await reopened.SettleAsync();

        Assert.Equal(1, (await reopened.VerifyAsync(default)).Blocks);
    }

    [Fact]
    public void ASecondServer_IsToldThatTheDirectoryIsInUse()
    {
        StoreOpenException error = Assert.Throws<StoreOpenException>(() => directory.Open());

        Assert.Contains($"{directory.Path} is in use by another server", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Backup_WhileItIsWrittenTo_IsADirectoryThatCanBeOpened()
    {
        LogBuilder log = new(store);
        await log.Messages("lobby", 300).CommitAsync();
        await store.SettleAsync();
        string target = directory.File("backup");

        await store.BackupAsync(target, default);
        await log.Messages("lobby", 5).CommitAsync();

        await Assert.ThrowsAsync<IOException>(async () => await store.BackupAsync(target, default));
        await using SqliteRoomStore copy = directory.Open(path: target);
        VerifyReport report = await copy.VerifyAsync(default);
        Assert.Equal((300, true), (report.Entries, report.IsWhole));
        Assert.Equal(7, (await copy.FindSendsAsync([new SendKey("lobby", "ann", "id-7")], default))[0]!.Seq);
    }

    [Fact]
    public async Task DerivedFiles_WhenDeletedOrOfAnotherLog_AreMadeAgain()
    {
        LogBuilder log = new(store);
        await log.Message("lobby", "a needle in a haystack").Messages("lobby", 200).CommitAsync();
        await store.SettleAsync();
        string backup = directory.File("backup");
        await store.BackupAsync(backup, default);
        await log.Messages("lobby", 100).CommitAsync();
        await store.DisposeAsync();

        // As an operator restores: the log of a backup beside derived files that are ahead of it.
        File.Copy(Path.Combine(backup, "log.db"), directory.File("log.db"), overwrite: true);
        Directory.Delete(backup, recursive: true);
        store = directory.Open();
        await store.SettleAsync();

        Assert.Null((await store.FindSendsAsync([new SendKey("lobby", "ann", "id-250")], default))[0]);
        Assert.Equal(100, (await store.FindSendsAsync([new SendKey("lobby", "ann", "id-100")], default))[0]!.Seq);
        Assert.Single((await store.SearchAsync("needle", null, _ => true, 10, default)).Messages);
    }

    [Fact]
    public async Task Load_OfManyRooms_IsOnePassATable()
    {
        LogBuilder log = new(store);
        for (int i = 0; i < 2_000; i++)
        {
            log.Messages($"room-{i}", 1);
        }

        await log.CommitAsync(new MemberRecord("ann", Standing.Owner, 1, 1), new MemberRecord("bob", Standing.Member, 1, 1));
        await ReopenAsync();

        int members = 0;
        await foreach (StoredRoom room in store.LoadRoomsAsync(default))
        {
            members += room.Members.Count;
        }

        Assert.Equal(4_000, members);
    }

    // The merge that follows the commit waits in the writer while the files are copied.
    private async Task<DataDirectory> CrashAfterAsync(LogBuilder log)
    {
        TaskCompletionSource copied = new();
        int transactions = 0;
        store.Writer.Fault = fault =>
        {
            if (fault == StoreFault.Begin && ++transactions == 2)
            {
                copied.Task.Wait();
            }
        };
        await log.CommitAsync();
        DataDirectory copy = directory.Copy();
        store.Writer.Fault = null;
        copied.SetResult();
        return copy;
    }

    private async Task ReopenAsync()
    {
        await store.DisposeAsync();
        store = directory.Open();
    }
}
