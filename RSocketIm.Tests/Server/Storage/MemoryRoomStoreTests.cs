using RSocketIm.Server.Contracts;
using RSocketIm.Server.Storage;

namespace RSocketIm.Tests.Server.Storage;

public sealed class MemoryRoomStoreTests
{
    private readonly MemoryRoomStore store = new();

    [Fact]
    public async Task ReadAfter_KeepsToBothLimitsButGivesAtLeastOne()
    {
        await CommitAsync(Commit("lobby", 1, 10));

        Assert.Equal([4, 5, 6], Seqs(await store.ReadAfterAsync("lobby", 3, new BlockLimit(3, 1000), default)));
        Assert.Equal([4, 5], Seqs(await store.ReadAfterAsync("lobby", 3, new BlockLimit(9, 25), default)));
        Assert.Equal([4], Seqs(await store.ReadAfterAsync("lobby", 3, new BlockLimit(9, 1), default)));
        Assert.Empty(Seqs(await store.ReadAfterAsync("lobby", 10, new BlockLimit(9, 1), default)));
        Assert.Empty(Seqs(await store.ReadAfterAsync("nowhere", 0, new BlockLimit(9, 1), default)));
    }

    [Fact]
    public async Task ReadBefore_GivesTheNewestOldestFirst()
    {
        await CommitAsync(Commit("lobby", 1, 10));

        Assert.Equal([5, 6, 7], Seqs(await store.ReadBeforeAsync("lobby", 8, new BlockLimit(3, 1000), default)));
        Assert.Equal([6, 7], Seqs(await store.ReadBeforeAsync("lobby", 8, new BlockLimit(9, 25), default)));
        Assert.Equal([10], Seqs(await store.ReadBeforeAsync("lobby", 11, new BlockLimit(9, 1), default)));
        Assert.Empty(Seqs(await store.ReadBeforeAsync("lobby", 1, new BlockLimit(9, 1), default)));
    }

    [Fact]
    public async Task Commit_WithAHoleInOneRoom_ChangesNoRoom()
    {
        await CommitAsync(Commit("lobby", 1, 2));

        await Assert.ThrowsAsync<InvalidOperationException>(() => CommitAsync(Commit("other", 1, 1), Commit("lobby", 4, 4)));

        Assert.Empty(Seqs(await store.ReadAfterAsync("other", 0, new BlockLimit(9, 99), default)));
        Assert.Equal(2, (await LoadAsync()).Single().Room.Head);
    }

    [Fact]
    public async Task Load_GivesBackRoomsAndMembersAsTheyWereCommittedLast()
    {
        await CommitAsync(Commit("lobby", 1, 1, new MemberRecord("ann", Standing.Owner, 1, 1), new MemberRecord("bob", Standing.Member, 1, 1)));
        await CommitAsync(Commit("lobby", 2, 2, new MemberRecord("bob", Standing.None, 1, 1)));

        StoredRoom room = (await LoadAsync()).Single();
        Assert.Equal((2, "ann"), (room.Room.Head, room.Members.Single().User));
    }

    [Fact]
    public async Task FindSends_AnswersInOrderOfTheKeys()
    {
        SendKey key = new("lobby", "ann", "id");
        await CommitAsync(Commit("lobby", 1, 1) with { Sends = [new SentEntry(key, 1, 7)] });

        IReadOnlyList<SentEntry?> found = await store.FindSendsAsync([key with { User = "bob" }, key, key with { Room = "other" }], default);

        Assert.Equal([null, 1L, null], found.Select(sent => sent?.Seq));
    }

    [Fact]
    public async Task ReadTargeting_GivesTheChangesOfARangeInOrderOfTheLog()
    {
        LogEntry[] entries = [.. new[] { 0L, 0, 2, 1, 2, 5 }.Select((target, i) =>
            new LogEntry(i + 1, 0, target == 0 ? EntryKind.Message : EntryKind.Edit, "ann", target, new byte[1]))];
        await CommitAsync(Commit("lobby", 1, 6) with { Entries = entries });

        Assert.Equal([3, 4, 5], (await store.ReadTargetingAsync("lobby", 1, 4, default)).Select(entry => entry.Seq));
    }

    [Fact]
    public void Entry_FromItsBytes_IsTheEntryThatWasEncoded()
    {
        LogEntry entry = LogEntry.Encode(new RoomEvent { Room = "lobby", Seq = 9, At = 8, Type = "edit", From = "ann", Target = 7, Text = "x" });
        LogEntry read = LogEntry.FromBytes(entry.Bytes);

        Assert.Equal((9, 8, EntryKind.Edit, "ann", 7), (read.Seq, read.At, read.Kind, read.From, read.Target));
        Assert.Equal("{\"room\":\"lobby\",\"seq\":9,\"at\":8,\"type\":\"edit\",\"from\":\"ann\",\"text\":\"x\",\"target\":7}", System.Text.Encoding.UTF8.GetString(read.Json.Span));
    }

    private static IEnumerable<long> Seqs(EntryBlock block) => block.Entries.Select(entry => entry.Seq);

    private static RoomCommit Commit(string room, long first, long last, params MemberRecord[] members) => new(
        new RoomRecord(room, room, RoomKind.Public, "epoch", 0, "ann", last, 0),
        [.. Enumerable.Range((int)first, (int)(last - first + 1)).Select(seq => new LogEntry(seq, 0, EntryKind.Message, "ann", 0, new byte[10]))],
        members,
        []);

    private async Task CommitAsync(params RoomCommit[] commits) => await store.CommitAsync(commits, CancellationToken.None);

    private async Task<List<StoredRoom>> LoadAsync()
    {
        List<StoredRoom> rooms = [];
        await foreach (StoredRoom room in store.LoadRoomsAsync(CancellationToken.None))
        {
            rooms.Add(room);
        }

        return rooms;
    }
}
