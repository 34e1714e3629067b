using RSocketIm.Server.Storage;
using RSocketIm.Server.Storage.Sqlite;
using RSocketIm.Tests.Server.TestKit;

namespace RSocketIm.Tests.Server.Storage.Sqlite;

public sealed class SearchTests : IAsyncLifetime, IDisposable
{
    private readonly DataDirectory directory = new();
    private readonly SqliteRoomStore store;
    private readonly LogBuilder log;

    public SearchTests()
    {
        store = directory.Open();
        log = new LogBuilder(store);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await store.DisposeAsync();

    public void Dispose() => directory.Dispose();

    [Theory]
    [InlineData("quick", "The quick brown fox")]
    [InlineData("QUICK fox", "The quick brown fox")]
    [InlineData("bro", "The quick brown fox")]
    [InlineData("naive", "Naïve Ärzte")]
    [InlineData("arzte", "Naïve Ärzte")]
    [InlineData("京", "東京都に住む")]
    [InlineData("京都", "東京都に住む")]
    [InlineData("住む", "東京都に住む")]
    [InlineData("中文", "全文检索支持中文和English混合")]
    [InlineData("english", "全文检索支持中文和English混合")]
    [InlineData("持中文和English", "全文检索支持中文和English混合")]
    [InlineData("안녕", "여러분 안녕하세요")]
    [InlineData("ไทย", "ภาษาไทย")]
    [InlineData("🎉", "done🎉now")]
    [InlineData("ＡＢＣ", "abc")]
    [InlineData("𠮷", "𠮷野家")]
    [InlineData("don't", "I don't know")]
    [InlineData("a-b", "x a-b y")]
    public async Task AQuery_FindsTheText(string query, string text)
    {
        await log.Message("lobby", "something else").Message("lobby", text).CommitAsync();

        Assert.Equal([text], await FindAsync(query));
    }

    [Fact]
    public async Task RoomThatIsWrittenToWhileItIsIndexed_IsIndexedWithoutAFailure()
    {
        Task writing = Task.Run(async () =>
        {
            for (int i = 0; i < 1_000; i++)
            {
                await log.Message("lobby", $"number{i}").CommitAsync();
            }
        });
        do
        {
            await store.SettleAsync(); // fails as the work in the background does
        }
        while (!writing.IsCompleted);
        await writing;
        await store.SettleAsync();
        Assert.Equal(["number999"], await FindAsync("number999"));
    }

    [Theory]
    [InlineData("都京")]
    [InlineData("fox quick wolf")]
    [InlineData("own")]
    [InlineData("b")]
    [InlineData("...")]
    [InlineData("")]
    public async Task AQuery_OfOtherWords_FindsNothing(string query)
    {
        await log.Message("lobby", "The quick brown fox 東京都").CommitAsync();

        Assert.Empty(await FindAsync(query));
    }

    [Theory]
    [InlineData("\"")]
    [InlineData("quick\"")]
    [InlineData("AND")]
    [InlineData("quick OR")]
    [InlineData("NEAR(quick fox)")]
    [InlineData("text:quick")]
    [InlineData("quick*")]
    [InlineData("(quick")]
    [InlineData("-quick ^quick +quick")]
    [InlineData("qu\0ick")]
    [InlineData("'; DROP TABLE docs; --")]
    [InlineData("{room}: r1")]
    public async Task SpecialCharacters_AreJustText(string query)
    {
        await log.Message("lobby", "The quick brown fox").Message("lobby", $"exactly {query}").CommitAsync();

        IReadOnlyList<string> found = await FindAsync(query);

        Assert.All(found, text => Assert.True(text.Contains("exactly", StringComparison.Ordinal) || query is "quick*" or "quick\"" or "(quick" or "-quick ^quick +quick"));
    }

    [Fact]
    public async Task Hits_AreNewestFirstFromRoomsTheCallerMayReadAndSayWhetherThereAreMore()
    {
        for (int i = 1; i <= 6; i++)
        {
            log.Now++;
            await log.Message(i % 3 == 0 ? "private" : $"room{i % 2}", $"needle {i}").CommitAsync();
        }

        await store.SettleAsync();

        FoundMessages found = await store.SearchAsync("needle", null, room => room != "private", 3, default);
        Assert.Equal(["needle 5", "needle 4", "needle 2"], found.Messages.Select(message => message.Text));
        Assert.Equal(new FoundMessage("room1", 3, log.Now - 1, "ann", "needle 5"), found.Messages[0] with { Seq = 3 });
        Assert.True(found.More);
        FoundMessages one = await store.SearchAsync("needle", "room0", _ => true, 3, default);
        Assert.Equal(["needle 4", "needle 2"], one.Messages.Select(message => message.Text));
        Assert.False(one.More);
        Assert.Empty((await store.SearchAsync("needle", "nowhere", _ => true, 3, default)).Messages);
    }

    [Fact]
    public async Task AnEdit_ReplacesTheWords()
    {
        await log.Message("lobby", "first words").CommitAsync();
        Assert.Single(await FindAsync("first"));
        await log.Edit("lobby", 1, "second thoughts").CommitAsync();

        Assert.Empty(await FindAsync("first"));
        Assert.Equal(["second thoughts"], await FindAsync("second"));
    }

    [Fact]
    public async Task ADelete_IsNotFoundAnyMoreEvenBeforeTheIndexHasHeardOfIt()
    {
        await log.Message("lobby", "needle").CommitAsync();
        await store.SettleAsync();
        await log.Delete("lobby", 1).CommitAsync();

        Assert.Empty((await store.SearchAsync("needle", null, _ => true, 9, default)).Messages);
        Assert.Empty(await FindAsync("needle"));
    }

    private async Task<IReadOnlyList<string>> FindAsync(string query)
    {
        await store.SettleAsync();
        return [.. (await store.SearchAsync(query, null, _ => true, 10, default)).Messages.Select(message => message.Text)];
    }
}
