using RSocketIm.Server.Storage;
using RSocketIm.Server.Storage.Sqlite;
using RSocketIm.Tests.Server.TestKit;

namespace RSocketIm.Tests.Server.Storage.Sqlite;

public sealed class ScrubTests : IDisposable
{
    private const string Secret = "xylophoniumsecret";
    private readonly DataDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Fact]
    public async Task DeletedWords_AreInNoFileAnyMore()
    {
        await using SqliteRoomStore store = directory.Open();
        LogBuilder log = new(store);
        for (int i = 0; i < 300; i++)
        {
            // Committed one by one and merged, searched and edited, so that the words have been in many places.
            log.Message("lobby", i % 3 == 0 ? $"{Secret} number {i} {new string('x', i * 7)}" : $"harmless {i}");
            await (i % 30 == 0 ? log.Edit("lobby", log.Head("lobby"), $"{Secret} again {i}") : log).CommitAsync();
        }

        await store.SettleAsync();
        Assert.Contains("log.db", directory.FilesWith(Secret));
        Assert.Contains(directory.FilesWith(Secret), file => file.StartsWith("search.db", StringComparison.Ordinal)); // in the file itself, or still in its WAL

        foreach (LogEntry entry in (await store.ReadAfterAsync("lobby", 0, new BlockLimit(1000, 1 << 24), default)).Entries)
        {
            if (entry.Kind == EntryKind.Message && entry.Decode().Text!.StartsWith(Secret, StringComparison.Ordinal))
            {
                await log.Delete("lobby", entry.Seq).CommitAsync();
            }
        }

        await store.SettleAsync();

        Assert.Empty(directory.FilesWith(Secret));
        Assert.NotEmpty(directory.FilesWith("harmless"));
        Assert.Empty((await store.VerifyAsync(default)).Problems);
    }

    [Fact]
    public async Task ADelete_WhoseScrubACrashCutOff_IsFinishedAtTheNextStart()
    {
        await using SqliteRoomStore store = directory.Open();
        LogBuilder log = new(store);
        await log.Message("lobby", Secret).Messages("lobby", 5).Edit("lobby", 1, $"{Secret} two").CommitAsync();
        await store.SettleAsync();
        using DataDirectory crashed = await CrashAfterAsync(store, log.Delete("lobby", 1));
        Assert.NotEmpty(crashed.FilesWith(Secret));

        await using SqliteRoomStore reopened = crashed.Open();
        await reopened.SettleAsync();

        Assert.Empty(crashed.FilesWith(Secret));
        Assert.Null((await reopened.ReadAfterAsync("lobby", 0, new BlockLimit(1, 1), default)).Entries[0].Decode().Text);
    }

    [Fact]
    public async Task ALongReader_DoesNotHoldUpCommitsAndTheWordsGoWhenItEnds()
    {
        await using SqliteRoomStore store = directory.Open();
        LogBuilder log = new(store);
        await log.Message("lobby", Secret).CommitAsync();
        await store.SettleAsync();
        Task settled;
        using (Database reader = Database.OpenReader(directory.File("log.db"), 1 << 20))
        {
            reader.Execute("BEGIN");
            reader.ReadLong("SELECT COUNT(*) FROM blocks");
            await log.Delete("lobby", 1).CommitAsync();
            settled = store.SettleAsync();
            for (int i = 0; i < 50; i++)
            {
                await log.Messages("lobby", 1).CommitAsync();
            }

            Assert.False(settled.IsCompleted);
            reader.Execute("ROLLBACK");
        }

        await settled;
        Assert.Empty(directory.FilesWith(Secret));
    }

    [Fact]
    public async Task WhoHoldsEntriesInMemory_IsToldOfTheirScrubbedForms()
    {
        await using SqliteRoomStore store = directory.Open();
        List<LogEntry> told = [];
        store.EntriesScrubbed += (_, entries) => told.AddRange(entries);
        LogBuilder log = new(store);
        await log.Message("lobby", Secret).Edit("lobby", 1, Secret).React("lobby", 1).Delete("lobby", 1).CommitAsync();
        await store.SettleAsync();

        Assert.Equal([(1L, null), (2L, "")], told.Select(entry => (entry.Seq, entry.Decode().Text)));
    }

    private async Task<DataDirectory> CrashAfterAsync(SqliteRoomStore store, LogBuilder log)
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
}
