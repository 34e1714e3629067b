using RSocketIm.Server.Storage;
using RSocketIm.Server.Storage.Sqlite;
using RSocketIm.Tests.Server.TestKit;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Server.Storage.Sqlite;

public sealed class SendIndexTests : IDisposable
{
    private readonly DataDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Fact]
    public async Task Ids_AreFoundInMemoryOnDiskAndAfterARestart()
    {
        StoreOptions small = new() { SendsInMemory = 64 };
        await using (SqliteRoomStore store = directory.Open(small))
        {
            LogBuilder log = new(store);
            for (int i = 0; i < 30; i++)
            {
                await log.Messages("lobby", 10).Messages("other", 5).CommitAsync();
                await store.SettleAsync();
            }

            await AssertAllFoundAsync(store, 300);
        }

        await using SqliteRoomStore reopened = directory.Open(small);
        await AssertAllFoundAsync(reopened, 300);
        await reopened.SettleAsync();
        await AssertAllFoundAsync(reopened, 300);
    }

    [Fact]
    public async Task Ids_AreReadFromTheLogWhenTheirFileIsGone()
    {
        await using (SqliteRoomStore store = directory.Open())
        {
            await new LogBuilder(store).Messages("lobby", 300).CommitAsync();
        }

        File.Delete(directory.File("ids.db"));

        await using SqliteRoomStore reopened = directory.Open();
        await AssertAllFoundAsync(reopened, 300);
    }

    [Fact]
    public async Task Ids_OutsideBothWindows_AreForgottenAndTheLastOnesAreNot()
    {
        FakeTimeProvider time = new();
        StoreOptions options = new() { SendsInMemory = 10, SendWindowCount = 100, SendWindowAge = TimeSpan.FromDays(7) };
        await using SqliteRoomStore store = directory.Open(options, time);
        LogBuilder log = new(store) { Now = time.GetUtcNow().ToUnixTimeMilliseconds() };
        for (int i = 0; i < 4; i++)
        {
            await log.Messages("busy", 128).Messages("quiet", 10).CommitAsync();
            await store.SettleAsync();
        }

        await store.KeepHouseAsync();
        Assert.Equal(512, await CountFoundAsync(store, "busy", 512));

        time.Advance(TimeSpan.FromDays(8));
        await store.KeepHouseAsync();

        // What is forgotten goes by blocks; of the last 100 ids none.
        Assert.Equal((128, 40), (await CountFoundAsync(store, "busy", 512), await CountFoundAsync(store, "quiet", 40)));
    }

    private static async Task AssertAllFoundAsync(SqliteRoomStore store, int count) => Assert.Equal(count, await CountFoundAsync(store, "lobby", count));

    private static async Task<int> CountFoundAsync(SqliteRoomStore store, string room, int count)
    {
        SendKey[] keys = [.. Enumerable.Range(1, count).Select(seq => new SendKey(room, "ann", $"id-{seq}"))];
        IReadOnlyList<SentEntry?> found = await store.FindSendsAsync(keys, default);
        Assert.All(found.Select((sent, i) => (sent, seq: i + 1)), pair => Assert.True(pair.sent is null || pair.sent.Seq == pair.seq));
        Assert.Null((await store.FindSendsAsync([new SendKey(room, "ann", "never"), new SendKey(room, "bob", "id-1")], default))[1]);
        return found.Count(sent => sent is not null);
    }
}
