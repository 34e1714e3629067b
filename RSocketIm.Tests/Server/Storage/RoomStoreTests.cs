using RSocketIm.Server.Storage;

namespace RSocketIm.Tests.Server.Storage;

/// <summary>What every room store promises; each implementation runs all of it.</summary>
public abstract class RoomStoreTests
{
    private static readonly BlockLimit Much = new(10_000, 1 << 24);

    private readonly Lazy<LogBuilder> log;

    protected RoomStoreTests() => log = new Lazy<LogBuilder>(() => new LogBuilder(Store));

    private protected abstract IRoomStore Store { get; }

    private LogBuilder Log => log.Value;

    private IRoomUpkeep Upkeep => (IRoomUpkeep)Store;

    [Fact]
    public async Task ReadAfter_KeepsToBothLimitsButGivesAtLeastOne()
    {
        await Log.Messages("lobby", 10).CommitAsync();
        int bytes = (await Store.ReadAfterAsync("lobby", 3, new BlockLimit(1, 1), default)).Entries[0].Bytes.Length;

        Assert.Equal([4, 5, 6], Seqs(await Store.ReadAfterAsync("lobby", 3, new BlockLimit(3, 10_000), default)));
        Assert.Equal([4, 5], Seqs(await Store.ReadAfterAsync("lobby", 3, new BlockLimit(9, (bytes * 2) + 1), default)));
        Assert.Equal([4], Seqs(await Store.ReadAfterAsync("lobby", 3, new BlockLimit(9, 1), default)));
        Assert.Empty(Seqs(await Store.ReadAfterAsync("lobby", 10, new BlockLimit(9, 1), default)));
        Assert.Empty(Seqs(await Store.ReadAfterAsync("nowhere", 0, new BlockLimit(9, 1), default)));
    }

    [Fact]
    public async Task ReadBefore_GivesTheNewestOldestFirst()
    {
        await Log.Messages("lobby", 10).CommitAsync();

        Assert.Equal([5, 6, 7], Seqs(await Store.ReadBeforeAsync("lobby", 8, new BlockLimit(3, 10_000), default)));
        Assert.Equal([10], Seqs(await Store.ReadBeforeAsync("lobby", 11, new BlockLimit(9, 1), default)));
        Assert.Empty(Seqs(await Store.ReadBeforeAsync("lobby", 1, new BlockLimit(9, 1), default)));
    }

    [Fact]
    public async Task Reads_OverManyCommitsOfManySizes_GiveEveryEntryOnceAsItWasWritten()
    {
        List<byte[]> written = [];
        foreach (int count in (int[])[1, 1, 126, 1, 3, 300, 127, 128, 1])
        {
            RoomCommit[] commits = Log.Messages("lobby", count).Take();
            written.AddRange(commits[0].Entries.Select(entry => entry.Bytes.ToArray()));
            await Store.CommitAsync(commits, default);
        }

        foreach (BlockLimit limit in (BlockLimit[])[new(1, 1), new(7, 1 << 20), new(128, 1 << 20), Much])
        {
            List<LogEntry> forwards = [];
            while (await Store.ReadAfterAsync("lobby", forwards.Count, limit, default) is { Entries.Count: > 0 } block)
            {
                forwards.AddRange(block.Entries);
            }

            List<LogEntry> backwards = [];
            while (await Store.ReadBeforeAsync("lobby", written.Count + 1 - backwards.Count, limit, default) is { Entries.Count: > 0 } block)
            {
                backwards.InsertRange(0, block.Entries);
            }

            Assert.Equal(written, forwards.Select(entry => entry.Bytes.ToArray()));
            Assert.Equal(Enumerable.Range(1, written.Count).Select(seq => (long)seq), forwards.Select(entry => entry.Seq));
            Assert.Equal(forwards.Select(entry => (entry.Seq, entry.At, entry.From, entry.Kind)), backwards.Select(entry => (entry.Seq, entry.At, entry.From, entry.Kind)));
        }
    }

    [Fact]
    public async Task Commit_WithAHoleInOneRoom_ChangesNoRoom()
    {
        await Log.Messages("lobby", 2).CommitAsync();
        RoomCommit[] commits = Log.Messages("lobby", 1).Messages("other", 1).Take();
        RoomCommit[] late = Log.Messages("lobby", 1).Take();

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await Store.CommitAsync([commits[1], late[0]], default));

        Assert.Empty(Seqs(await Store.ReadAfterAsync("other", 0, Much, default)));
        Assert.Equal(2, (await LoadAsync()).Single().Room.Head);
        await Store.CommitAsync(commits, default);
        Assert.Equal([3], Seqs(await Store.ReadAfterAsync("lobby", 2, Much, default)));
    }

    [Fact]
    public async Task Load_GivesBackRoomsAndMembersAsTheyWereCommittedLast()
    {
        await Log.Messages("lobby", 1).CommitAsync(new MemberRecord("ann", Standing.Owner, 1, 1), new MemberRecord("bob", Standing.Member, 1, 1));
        RoomCommit[] commits = Log.Messages("lobby", 1).Take(new MemberRecord("bob", Standing.None, 1, 1));
        await Store.CommitAsync([commits[0] with { Room = commits[0].Room with { Title = "New", Kind = RoomKind.Private } }], default);

        StoredRoom room = (await LoadAsync()).Single();
        Assert.Equal((2, "ann", "New", RoomKind.Private), (room.Room.Head, room.Members.Single().User, room.Room.Title, room.Room.Kind));
    }

    [Fact]
    public async Task FindSends_AnswersInOrderOfTheKeys()
    {
        await Log.Message("lobby", "x", "other").Message("lobby", "x", "id").CommitAsync();
        SendKey key = new("lobby", "ann", "id");

        IReadOnlyList<SentEntry?> found = await Store.FindSendsAsync([key with { User = "bob" }, key, key with { Room = "other" }], default);

        Assert.Equal([null, 2L, null], found.Select(sent => sent?.Seq));
        Assert.Equal(Log.Now, found[1]!.At);
    }

    [Fact]
    public async Task ReadTargeting_GivesTheChangesOfARangeInOrderOfTheLog()
    {
        await Log.Messages("lobby", 2).Edit("lobby", 2, "b").React("lobby", 1).CommitAsync();
        await Log.Edit("lobby", 2, "c").Messages("lobby", 300).React("lobby", 2).React("lobby", 9).CommitAsync();

        Assert.Equal([3, 4, 5, 306], (await Store.ReadTargetingAsync("lobby", 1, 4, default)).Select(entry => entry.Seq));
        Assert.Empty(await Store.ReadTargetingAsync("nowhere", 1, 4, default));
    }

    [Fact]
    public async Task Delete_TakesTheWordsFromTheMessageAndItsEditsForAllWhoReadAfterwards()
    {
        await Log.Message("lobby", "secret one").Message("lobby", "kept").Edit("lobby", 1, "secret two").Edit("lobby", 2, "kept too").CommitAsync();
        await Log.Delete("lobby", 1).CommitAsync();

        EntryBlock block = await Store.ReadAfterAsync("lobby", 0, Much, default);

        Assert.Equal([null, "kept", "", "kept too", null], block.Entries.Select(entry => entry.Decode().Text));
        Assert.Equal((true, "id-1"), (block.Entries[0].Decode().Deleted, block.Entries[0].Decode().Id));
        Assert.Equal("", (await Store.ReadTargetingAsync("lobby", 1, 1, default))[0].Decode().Text);
        Assert.Equal(1, (await Store.FindSendsAsync([new SendKey("lobby", "ann", "id-1")], default))[0]!.Seq);
    }

    [Fact]
    public async Task Delete_WhileTheWordsAreBeingScrubbed_ShowsThemToNoReader()
    {
        // A reader takes a block, the scrub of it ends, the reader goes on with the block it has: 200 rounds of that.
        for (int round = 0; round < 200; round++)
        {
            string room = $"room{round}";
            await Log.Message(room, "secret one").Edit(room, 1, "secret two").Edit(room, 1, "secret three").CommitAsync();
            await Log.Delete(room, 1).CommitAsync();
            for (int i = 0; i < 5; i++)
            {
                EntryBlock block = await Store.ReadAfterAsync(room, 0, Much, default);
                Assert.Equal([null, "", "", null], block.Entries.Select(entry => entry.Decode().Text));
            }
        }
    }

    [Fact]
    public async Task RemoveBefore_LeavesTheRestAndSaysWhereItBegins()
    {
        List<long> moved = [];
        Upkeep.FirstSeqMoved += (_, firstSeq) => moved.Add(firstSeq);
        await Log.Messages("lobby", 300).React("lobby", 5).React("lobby", 200).CommitAsync();

        await Upkeep.RemoveBeforeAsync("lobby", 100, default);

        EntriesRemovedException error = await Assert.ThrowsAsync<EntriesRemovedException>(async () => await Store.ReadAfterAsync("lobby", 98, Much, default));
        Assert.Equal((100, 100), (error.FirstSeq, moved[^1]));
        Assert.Equal(Enumerable.Range(100, 203).Select(seq => (long)seq), Seqs(await Store.ReadAfterAsync("lobby", 99, Much, default)));
        Assert.Equal(100, (await Store.ReadBeforeAsync("lobby", 200, Much, default)).First);
        await Assert.ThrowsAsync<EntriesRemovedException>(async () => await Store.ReadBeforeAsync("lobby", 100, Much, default));
        Assert.Equal([302], (await Store.ReadTargetingAsync("lobby", 1, 300, default)).Select(entry => entry.Seq));
        Assert.Equal((302, 100), ((await LoadAsync())[0].Room.Head, (await LoadAsync())[0].Room.FirstSeq));
        Assert.Null((await Store.FindSendsAsync([new SendKey("lobby", "ann", "id-99")], default))[0]);
        Assert.NotNull((await Store.FindSendsAsync([new SendKey("lobby", "ann", "id-100")], default))[0]);
    }

    [Fact]
    public async Task RemoveBefore_OfAllEntries_KeepsTheHead()
    {
        await Log.Messages("lobby", 10).CommitAsync();

        await Upkeep.RemoveBeforeAsync("lobby", 11, default);
        await Log.Messages("lobby", 1).CommitAsync();

        Assert.Equal([11], Seqs(await Store.ReadAfterAsync("lobby", 10, Much, default)));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await Upkeep.RemoveBeforeAsync("lobby", 13, default));
    }

    private static IEnumerable<long> Seqs(EntryBlock block) => block.Entries.Select(entry => entry.Seq);

    private async Task<List<StoredRoom>> LoadAsync()
    {
        List<StoredRoom> rooms = [];
        await foreach (StoredRoom room in Store.LoadRoomsAsync(CancellationToken.None))
        {
            rooms.Add(room);
        }

        return rooms;
    }
}
