using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Rooms;
using RSocketIm.Server.Storage;
using RSocketIm.Tests.Server.TestKit;

namespace RSocketIm.Tests.Server.Rooms.Commands;

/// <summary>Edit, delete and react, as feeds and history show them afterwards.</summary>
public sealed class MessageChangesTests : IDisposable
{
    private readonly ChatWorld world = new();

    public void Dispose() => world.Dispose();

    [Fact]
    public async Task Edit_ByTheAuthor_IsAnEntryAndTheTextOfHistory()
    {
        await FillAsync();
        EntryResult edit = await world.EditAsync("bob", "lobby", 3, "better");

        Assert.Equal(4, edit.Seq);
        RoomEvent entry = world.Room("lobby").Tail.Find(4)!.Decode();
        Assert.Equal(("edit", "bob", 3L, "better", edit.At), (entry.Type, entry.From, entry.Target, entry.Text, entry.At));
        RoomEvent shown = (await world.HistoryAsync("ann", "lobby")).Single(e => e.Seq == 3);
        Assert.Equal(("better", edit.At), (shown.Text, shown.EditedAt));
    }

    [Fact]
    public async Task Edit_ByAnybodyElse_IsForbiddenAlsoToTheOwner()
    {
        await FillAsync();

        Assert.Equal("forbidden", await ChatWorld.RefusalOf(() => world.EditAsync("ann", "lobby", 3, "better")));
        Assert.Equal(3, world.Room("lobby").Head);
    }

    [Theory]
    [InlineData("bob")]
    [InlineData("ann")]
    [InlineData("mod")]
    public async Task Delete_ByAuthorModeratorOrOwner_TakesTheWordsFromReplayHistoryAndStore(string by)
    {
        await world.CreateAsync("ann", "lobby");
        await world.JoinAsync("bob", "lobby");
        await world.JoinAsync("mod", "lobby");
        await world.SetRoleAsync("ann", "lobby", "mod", "moderator");
        MessageSend message = world.Message("lobby", "secret words");
        message.Mentions = ["ann"];
        message.Meta = new Dictionary<string, string> { ["secret"] = "secret" };
        long seq = (await world.Rooms.SendAsync("bob", message, CancellationToken.None)).Seq;
        await world.EditAsync("bob", "lobby", seq, "secret edit");
        EntryResult deleted = await world.DeleteAsync(by, "lobby", seq, "rude");

        RoomEvent expected = new() { Room = "lobby", Seq = seq, At = 0, Type = "message", From = "bob", Id = message.Id, Deleted = true };
        RoomEvent[] history = await world.HistoryAsync("ann", "lobby");
        Assert.Equal(expected, history.Single(e => e.Seq == seq) with { At = 0 });

        foreach (DataFormat format in new[] { DataFormat.MessagePack, DataFormat.Json })
        {
            FakeStream feed = world.Open("ann", "lobby", 0, format);
            feed.Grant(100);
            RoomEvent[] replay = [.. feed.Received.Select(bytes => RoomEvent.Format.Read(format, bytes))];
            Assert.Equal(Enumerable.Range(1, (int)deleted.Seq).Select(i => (long)i), replay.Select(e => e.Seq));
            Assert.Equal(expected, replay[(int)seq - 1] with { At = 0 });
            Assert.Equal(("edit", "", seq), (replay[(int)seq].Type, replay[(int)seq].Text, replay[(int)seq].Target));
            Assert.Equal(("delete", by, "rude", seq), (replay[^1].Type, replay[^1].From, replay[^1].Reason, replay[^1].Target));
            Assert.DoesNotContain(feed.Received, bytes => System.Text.Encoding.UTF8.GetString(bytes).Contains("secret", StringComparison.Ordinal));
        }

        EntryBlock stored = await world.Store.ReadAfterAsync("lobby", 0, new BlockLimit(100, 1 << 20), default);
        Assert.DoesNotContain(stored.Entries, entry => System.Text.Encoding.UTF8.GetString(entry.Bytes.Span).Contains("secret", StringComparison.Ordinal));
        Assert.Equal(world.Room("lobby").Tail.Find(seq)!.Bytes.ToArray(), stored.Find(seq)!.Bytes.ToArray());
        Assert.Equal(world.Room("lobby").Tail.Find(seq + 1)!.Bytes.ToArray(), stored.Find(seq + 1)!.Bytes.ToArray());
    }

    [Fact]
    public async Task Delete_ByAnotherMember_IsForbidden()
    {
        await FillAsync();
        await world.JoinAsync("cid", "lobby");

        Assert.Equal("forbidden", await ChatWorld.RefusalOf(() => world.DeleteAsync("cid", "lobby", 3)));
        Assert.Equal("text", (await world.HistoryAsync("ann", "lobby")).Single(e => e.Seq == 3).Text);
    }

    [Fact]
    public async Task Delete_Twice_AnswersWithTheFirst()
    {
        await FillAsync();
        EntryResult first = await world.DeleteAsync("bob", "lobby", 3);
        EntryResult again = await world.DeleteAsync("ann", "lobby", 3);

        Assert.Equal((4L, first.At, 4L), (again.Seq, again.At, world.Room("lobby").Head));
    }

    [Fact]
    public async Task DeletedMessage_IsNotEditedOrReactedTo()
    {
        await FillAsync();
        await world.DeleteAsync("bob", "lobby", 3);

        Assert.Equal("conflict", await ChatWorld.RefusalOf(() => world.EditAsync("bob", "lobby", 3, "back")));
        Assert.Equal("conflict", await ChatWorld.RefusalOf(() => world.ReactAsync("ann", "lobby", 3, "👍")));
        Assert.Equal(4, world.Room("lobby").Head);
    }

    [Fact]
    public async Task DeletedMessage_IsKnownAsDeletedFromTheStoreAlone()
    {
        await FillAsync();
        EntryResult first = await world.DeleteAsync("bob", "lobby", 3);

        using ChatWorld restarted = new(new RoomOptions { TailBytes = 0 }, world.Store);
        await restarted.Rooms.StartAsync(CancellationToken.None);
        Assert.Equal("conflict", await ChatWorld.RefusalOf(() => restarted.EditAsync("bob", "lobby", 3, "back")));
        Assert.Equal(first, await restarted.DeleteAsync("bob", "lobby", 3));
    }

    [Fact]
    public async Task DeletedMessage_SentAgainUnderItsId_IsADuplicate()
    {
        await world.CreateAsync("ann", "lobby");
        MessageSent sent = await world.SendAsync("ann", "lobby", "text", "id");
        await world.DeleteAsync("ann", "lobby", sent.Seq);

        MessageSent again = await world.SendAsync("ann", "lobby", "text", "id");
        Assert.Equal((sent.Seq, true), (again.Seq, again.Duplicate));
        Assert.Equal(3, world.Room("lobby").Head);
    }

    [Fact]
    public async Task React_OnAndOff_IsFoldedAndAddsNoEntryWhenNothingChanges()
    {
        await FillAsync();
        EntryResult given = await world.ReactAsync("ann", "lobby", 3, "👍");
        EntryResult again = await world.ReactAsync("ann", "lobby", 3, "👍");
        await world.ReactAsync("bob", "lobby", 3, "👍");

        Assert.Equal((4L, 4L, 5L), (given.Seq, again.Seq, world.Room("lobby").Head));
        Assert.Equal(["ann", "bob"], (await world.HistoryAsync("ann", "lobby")).Single(e => e.Seq == 3).Reactions!["👍"]);

        await world.ReactAsync("ann", "lobby", 3, "👍", on: false);
        EntryResult nothing = await world.ReactAsync("ann", "lobby", 3, "👍", on: false);
        Assert.Equal((3L, 6L), (nothing.Seq, world.Room("lobby").Head));
        Assert.Equal(["bob"], (await world.HistoryAsync("ann", "lobby")).Single(e => e.Seq == 3).Reactions!["👍"]);
    }

    [Fact]
    public async Task Reactions_AreKnownFromTheStoreAfterARestart()
    {
        await FillAsync();
        EntryResult given = await world.ReactAsync("ann", "lobby", 3, "👍");

        using ChatWorld restarted = new(store: world.Store);
        await restarted.Rooms.StartAsync(CancellationToken.None);
        Assert.Equal(given, await restarted.ReactAsync("ann", "lobby", 3, "👍"));
    }

    [Fact]
    public async Task Changes_OfACommitThatFailed_HaveNotHappened()
    {
        await FillAsync();
        world.Store.CommitFailure = new IOException("full");
        Assert.Equal("unavailable", await ChatWorld.RefusalOf(() => world.ReactAsync("ann", "lobby", 3, "👍")));
        Assert.Equal("unavailable", await ChatWorld.RefusalOf(() => world.DeleteAsync("bob", "lobby", 3)));
        world.Store.CommitFailure = null;

        Assert.Equal("text", world.Room("lobby").Tail.Find(3)!.Decode().Text);
        Assert.Equal(4, (await world.ReactAsync("ann", "lobby", 3, "👍")).Seq);
        Assert.Equal(5, (await world.EditAsync("bob", "lobby", 3, "still there")).Seq);
    }

    [Fact]
    public async Task MessageThatCannotBeRead_RefusesOnlyWhatIsAboutIt()
    {
        using ChatWorld cold = new(new RoomOptions { TailBytes = 0 });
        await cold.CreateAsync("ann", "lobby");
        await cold.SendAsync("ann", "lobby", "text");
        Task held = cold.Store.HoldCommits();
        Task first = cold.SendAsync("ann", "lobby", "first");
        await held;
        cold.Store.ReadFailure = new IOException("bad sector");
        Task edit = cold.EditAsync("ann", "lobby", 2, "new");
        Task send = cold.SendAsync("ann", "lobby", "second");
        cold.Store.LetCommitsGo();

        await first;
        await send;
        Assert.Equal("unavailable", await ChatWorld.RefusalOf(() => edit));
    }

    [Fact]
    public async Task SentEditedAndDeleted_WithinOneTurn_NeverReachesTheStoreWithItsWords()
    {
        await world.CreateAsync("ann", "lobby");
        Task held = world.Store.HoldCommits();
        Task blocker = world.SendAsync("ann", "lobby", "blocker");
        await held;
        Task<MessageSent> send = world.SendAsync("ann", "lobby", "hasty words");
        Task<EntryResult> react = world.ReactAsync("ann", "lobby", 3, "👍");
        Task<EntryResult> edit = world.EditAsync("ann", "lobby", 3, "hasty edit");
        Task<EntryResult> delete = world.DeleteAsync("ann", "lobby", 3);
        world.Store.LetCommitsGo();
        await blocker;

        Assert.Equal((3L, 4L, 5L, 6L), ((await send).Seq, (await react).Seq, (await edit).Seq, (await delete).Seq));
        RoomEvent shown = (await world.HistoryAsync("ann", "lobby")).Single(e => e.Seq == 3);
        Assert.Equal((true, null), (shown.Deleted, shown.Text));
        Assert.Equal("", world.Room("lobby").Tail.Find(5)!.Decode().Text);
    }

    private async Task FillAsync()
    {
        await world.CreateAsync("ann", "lobby");
        await world.JoinAsync("bob", "lobby");
        await world.SendAsync("bob", "lobby", "text");
    }
}
