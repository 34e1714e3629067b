using RSocketIm.Server.Storage;
using RSocketIm.Server.Storage.Sqlite;
using RSocketIm.Tests.Server.TestKit;

namespace RSocketIm.Tests.Server.Storage.Sqlite;

public sealed class RestoredLogTests : IDisposable
{
    private readonly DataDirectory directory = new();

    private string Backup => directory.File("backup");

    public void Dispose() => directory.Dispose();

    [Fact]
    public async Task ABackup_GivesEveryRoomANewEpochAtItsFirstStart_AndKeepsItAfterwards()
    {
        Dictionary<string, string> before = await BackUpAsync();
        Dictionary<string, string> first;
        await using (SqliteRoomStore restored = directory.Open(path: Backup))
        {
            first = await EpochsAsync(restored);
            Assert.Equal(["lobby", "other"], first.Keys.Order());
            Assert.Equal(4, before.Values.Concat(first.Values).Distinct().Count());

            // What the backup brought and what comes after it are one log, and of one checksum.
            LogBuilder log = new(restored);
            await log.LoadAsync();
            await log.Messages("lobby", 100).CommitAsync();
            await restored.SettleAsync();
            Assert.Empty((await restored.VerifyAsync(default)).Problems);
            Assert.Equal(300, await LastAsync(restored, "lobby"));
        }

        await using SqliteRoomStore again = directory.Open(path: Backup);
        Assert.Equal(first, await EpochsAsync(again));
        Assert.Empty((await again.VerifyAsync(default)).Problems);
        Assert.Equal(300, await LastAsync(again, "lobby"));
    }

    [Fact]
    public async Task TheLogThatWasBackedUp_KeepsItsEpochs()
    {
        Dictionary<string, string> before = await BackUpAsync();
        await using SqliteRoomStore store = directory.Open();
        Assert.Equal(before, await EpochsAsync(store));
    }

    [Fact]
    public async Task TwoRestoresOfOneBackup_AreDifferentLogs_AndSoIsABackupOfARestoredOne()
    {
        await BackUpAsync();
        string second = directory.File("second");
        Directory.CreateDirectory(second);
        File.Copy(Path.Combine(Backup, LogSchema.FileName), Path.Combine(second, LogSchema.FileName));
        string third = directory.File("third");
        List<string> epochs = [];
        foreach (string path in (string[])[Backup, second, third])
        {
            await using SqliteRoomStore restored = directory.Open(path: path);
            epochs.AddRange((await EpochsAsync(restored)).Values);
            Assert.Empty((await restored.VerifyAsync(default)).Problems);
            if (path == second)
            {
                await restored.BackupAsync(third, default);
            }
        }

        Assert.Equal(6, epochs.Distinct().Count());
    }

    [Fact]
    public async Task ABackupCopiedOverACrashedServersFiles_IsNotMixedWithTheirWal()
    {
        using DataDirectory crashed = await CrashAfterBackupAsync();
        Assert.True(new FileInfo(crashed.File("log.db-wal")).Length > 0);
        File.Copy(Path.Combine(Backup, LogSchema.FileName), crashed.File(LogSchema.FileName), overwrite: true);

        await using SqliteRoomStore restored = crashed.Open();

        Assert.Equal(200, await LastAsync(restored, "lobby"));
        Assert.Empty((await restored.VerifyAsync(default)).Problems);
    }

    [Fact]
    public async Task ACrashedServersOwnWal_IsKept()
    {
        using DataDirectory crashed = await CrashAfterBackupAsync();
        await using SqliteRoomStore reopened = crashed.Open();
        Assert.Equal(250, await LastAsync(reopened, "lobby"));
    }

    [Fact]
    public async Task ARenewalThatACrashCutOff_IsDoneAgain()
    {
        await BackUpAsync();
        string path = Path.Combine(Backup, LogSchema.FileName);
        Dictionary<string, string> half;
        using (Database reader = Database.OpenReader(path, 1 << 20))
        {
            // A reader in the way: the renewal stays in the WAL.
            reader.Execute("BEGIN");
            _ = reader.ReadLong("SELECT COUNT(*) FROM rooms");
            using Database writer = Database.OpenWriter(path, durable: true, 1 << 20);
            Assert.Throws<StoreOpenException>(() => RestoredLog.Renew(writer));
            half = writer.ReadTexts("SELECT room || ' ' || epoch FROM rooms").ToDictionary(text => text.Split(' ')[0], text => text.Split(' ')[1]);
            foreach (string suffix in (string[])["", "-wal"])
            {
                File.Copy(path + suffix, directory.File("crashed.db" + suffix));
            }
        }

        using DataDirectory crashed = new();
        File.Move(directory.File("crashed.db"), crashed.File("log.db"));
        File.Move(directory.File("crashed.db-wal"), crashed.File("log.db-wal"));
        Dictionary<string, string> renewed;
        await using (SqliteRoomStore restored = crashed.Open())
        {
            renewed = await EpochsAsync(restored);
            Assert.Empty((await restored.VerifyAsync(default)).Problems);
        }

        Assert.Empty(renewed.Values.Intersect(half.Values));
        await using SqliteRoomStore again = crashed.Open();
        Assert.Equal(renewed, await EpochsAsync(again));
    }

    private static async Task<Dictionary<string, string>> EpochsAsync(SqliteRoomStore store)
    {
        Dictionary<string, string> epochs = [];
        await foreach (StoredRoom room in store.LoadRoomsAsync(default))
        {
            epochs.Add(room.Room.Room, room.Room.Epoch);
        }

        return epochs;
    }

    private static async Task<long> LastAsync(SqliteRoomStore store, string room) =>
        (await store.ReadBeforeAsync(room, Place.MaxSeq, new BlockLimit(1, 1 << 20), default)).Last;

    private async Task<Dictionary<string, string>> BackUpAsync()
    {
        await using SqliteRoomStore store = directory.Open();
        await new LogBuilder(store).Messages("lobby", 200).Messages("other", 3).CommitAsync();
        await store.BackupAsync(Backup, default);
        return await EpochsAsync(store);
    }

    private async Task<DataDirectory> CrashAfterBackupAsync()
    {
        await using SqliteRoomStore store = directory.Open();
        LogBuilder log = new(store);
        await log.Messages("lobby", 200).CommitAsync();
        await store.BackupAsync(Backup, default);
        await log.Messages("lobby", 50).CommitAsync();
        return directory.Copy();
    }
}
