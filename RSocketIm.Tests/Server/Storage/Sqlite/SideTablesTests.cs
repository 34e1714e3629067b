using RSocketIm.Server.Storage;
using RSocketIm.Server.Storage.Sqlite;
using RSocketIm.Tests.Server.TestKit;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Server.Storage.Sqlite;

public sealed class SideTablesTests : IAsyncLifetime, IDisposable
{
    private readonly DataDirectory directory = new();
    private readonly SqliteRoomStore store;
    private readonly LogBuilder log;

    public SideTablesTests()
    {
        store = directory.Open();
        log = new LogBuilder(store);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await store.DisposeAsync();

    public void Dispose() => directory.Dispose();

    [Fact]
    public async Task Names_AreAnAccountsOrOneGuests()
    {
        AccountRecord ann = new("ann", "hash", 1000);
        Assert.True(await store.Accounts.AddAccountAsync(ann, default));
        Assert.False(await store.Accounts.AddAccountAsync(ann, default));
        Assert.False(await store.Accounts.ReserveGuestAsync(new GuestRecord("ann", "token1", 5000), 1000, default));
        Assert.True(await store.Accounts.ReserveGuestAsync(new GuestRecord("bob", "token1", 5000), 1000, default));
        Assert.True(await store.Accounts.ReserveGuestAsync(new GuestRecord("bob", "token1", 6000), 2000, default));
        Assert.False(await store.Accounts.ReserveGuestAsync(new GuestRecord("bob", "token2", 9000), 3000, default));
        Assert.False(await store.Accounts.AddAccountAsync(new AccountRecord("bob", "hash", 3000), default));
        Assert.Equal(6000, (await store.Accounts.FindGuestAsync("bob", default))!.Until);
        Assert.True(await store.Accounts.ReserveGuestAsync(new GuestRecord("bob", "token2", 9000), 6001, default));
        Assert.True(await store.Accounts.AddAccountAsync(new AccountRecord("bob", "hash", 9001), default));
        Assert.True(await store.Accounts.SetPasswordAsync("ann", "new", default));
        Assert.False(await store.Accounts.SetPasswordAsync("nobody", "new", default));
        Assert.Equal(ann with { PasswordHash = "new" }, await store.Accounts.FindAccountAsync("ann", default));
        Assert.Null(await store.Accounts.FindAccountAsync("nobody", default));
    }

    [Fact]
    public async Task Receipts_NeverMoveBack()
    {
        await log.Messages("lobby", 9).CommitAsync();

        await store.Receipts.SetReceiptsAsync([new ReceiptRecord("lobby", "ann", 5), new ReceiptRecord("nowhere", "ann", 5)], default);
        await store.Receipts.SetReceiptsAsync([new ReceiptRecord("lobby", "ann", 3), new ReceiptRecord("lobby", "bob", 1)], default);

        Assert.Equal([5, 1, 0, 0], await store.Receipts.FindReceiptsAsync([("lobby", "ann"), ("lobby", "bob"), ("lobby", "cid"), ("nowhere", "ann")], default));
    }

    [Fact]
    public async Task CountMessages_CountsWhatOthersSentAfterASeq()
    {
        await log.Messages("lobby", 150).Messages("lobby", 20, "bob").React("lobby", 3).CommitAsync();

        Assert.Equal(150, await store.Receipts.CountMessagesAsync("lobby", 0, "bob", default));
        Assert.Equal(20, await store.Receipts.CountMessagesAsync("lobby", 3, "ann", default));
        Assert.Equal(22, await store.Receipts.CountMessagesAsync("lobby", 148, "cid", default));
        Assert.Equal(0, await store.Receipts.CountMessagesAsync("nowhere", 0, "cid", default));
    }

    [Fact]
    public async Task Attachments_AreUnusedWhenNoMessageRefersToThemAndGoWithTheirLastContent()
    {
        await AddAsync("a1", "hash1", 10);
        await AddAsync("a2", "hash1", 11);
        await AddAsync("a3", "hash2", 99);
        Assert.Equal(AttachmentAddition.IdTaken, await store.Attachments.AddAttachmentAsync(Attachment("a1", "hash3", 1), 100, default));
        await log.Message("lobby", "x", attachment: "a1").Messages("lobby", 1).Message("lobby", "y", attachment: "a2").CommitAsync();

        Assert.Equal(["a3"], await UnusedAsync(100));
        Assert.Empty(await UnusedAsync(50));
        Assert.Null(await store.Attachments.RemoveAttachmentAsync("a1", default));
        Assert.Equal(Attachment("a1", "hash1", 10), await store.Attachments.FindAttachmentAsync("a1", default));

        await log.Delete("lobby", 3).CommitAsync();
        await store.SettleAsync();
        await store.RemoveBeforeAsync("lobby", 2, default);

        Assert.Equal(["a1", "a2", "a3"], await UnusedAsync(100));
        Assert.Null(await store.Attachments.RemoveAttachmentAsync("a1", default));
        Assert.True(await store.Attachments.IsContentUsedAsync("hash1", default));
        Assert.Equal("hash1", await store.Attachments.RemoveAttachmentAsync("a2", default));
        Assert.False(await store.Attachments.IsContentUsedAsync("hash1", default));
        Assert.Null(await store.Attachments.FindAttachmentAsync("a2", default));
    }

    [Fact]
    public async Task RoomsOfAttachments_CountEachContentOnce()
    {
        await AddAsync("a1", "hash1", 10);
        await AddAsync("a2", "hash1", 11);
        await AddAsync("a3", "hash2", 12);
        Assert.Equal(new RoomAttachments(6, true), await store.Attachments.CountRoomAsync("lobby", "hash1", default));
        Assert.Equal(new RoomAttachments(6, false), await store.Attachments.CountRoomAsync("lobby", "hash3", default));
        Assert.Equal(new RoomAttachments(0, false), await store.Attachments.CountRoomAsync("other", "hash1", default));

        // Nothing new fits; what is there already takes nothing.
        Assert.Equal(AttachmentAddition.RoomIsFull, await store.Attachments.AddAttachmentAsync(Attachment("a4", "hash3", 13), 8, default));
        Assert.Equal(AttachmentAddition.Added, await store.Attachments.AddAttachmentAsync(Attachment("a4", "hash2", 13), 1, default));
        Assert.Equal(AttachmentAddition.Added, await store.Attachments.AddAttachmentAsync(Attachment("a5", "hash3", 13), 9, default));

        foreach ((string id, long left) in ((string, long)[])[("a1", 9), ("a2", 6), ("a3", 6), ("a4", 3), ("a5", 0)])
        {
            await store.Attachments.RemoveAttachmentAsync(id, default);
            Assert.Equal(left, (await store.Attachments.CountRoomAsync("lobby", null, default)).Bytes);
            Assert.Empty((await store.VerifyAsync(default)).Problems);
        }
    }

    [Fact]
    public async Task RoomsOfAttachments_TakeNoMoreThanTheyMay_HoweverManyComeAtOnce()
    {
        AttachmentAddition[] all = await Task.WhenAll(Enumerable.Range(0, 64).Select(number =>
            Task.Run(() => store.Attachments.AddAttachmentAsync(Attachment($"a{number}", $"hash{number}", 1), 31, default).AsTask())));

        Assert.Equal(10, all.Count(addition => addition == AttachmentAddition.Added));
        Assert.Equal(54, all.Count(addition => addition == AttachmentAddition.RoomIsFull));
        Assert.Equal(30, (await store.Attachments.CountRoomAsync("lobby", null, default)).Bytes);
    }

    [Fact]
    public async Task ReservationsThatEnded_AreForgotten_AFewATransaction_AndNoOthers()
    {
        FakeTimeProvider time = new();
        using DataDirectory other = new();
        await using SqliteRoomStore timed = other.Open(time: time);
        long start = time.GetUtcNow().ToUnixTimeMilliseconds();
        const int Ended = (2 * EndedGuests.Step) + 88;
        await Task.WhenAll(Enumerable.Range(0, Ended + 3).Select(number => timed.Accounts.ReserveGuestAsync(
            new GuestRecord($"guest{number}", "token", start + (number < Ended ? 1000 + number : 3_600_000)), start, default).AsTask()));
        await timed.KeepHouseAsync();
        Assert.Equal(Ended + 3, Guests(other));

        time.Advance(TimeSpan.FromHours(1));
        long before = timed.Writer.Transactions;
        await timed.KeepHouseAsync();
        Assert.Equal((3, before + 3), (Guests(other), timed.Writer.Transactions));
        Assert.Null(await timed.Accounts.FindGuestAsync("guest0", default));
        Assert.False(await timed.Accounts.ReserveGuestAsync(new GuestRecord($"guest{Ended}", "another", start + 7_200_000), start + 3_600_000, default));

        time.Advance(TimeSpan.FromMilliseconds(1));
        await timed.KeepHouseAsync();
        Assert.Equal(0, Guests(other));
    }

    [Fact]
    public async Task Retention_ByCountAndAge_IsTheRoomsOwnOrTheServers()
    {
        using DataDirectory other = new();
        await using SqliteRoomStore limited = other.Open(new StoreOptions { Retention = new RetentionPolicy(100, null) });
        LogBuilder rooms = new(limited) { Now = DateTimeOffset.UtcNow.AddDays(-3).ToUnixTimeMilliseconds() };
        await rooms.Messages("server", 400).Messages("keeps", 400).Messages("aged", 50).CommitAsync();
        rooms.Now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        await rooms.Messages("aged", 10).CommitAsync();
        await limited.SetRetentionAsync("keeps", RetentionPolicy.KeepAll with { Entries = 1000 }, default);
        await limited.SetRetentionAsync("aged", new RetentionPolicy(null, TimeSpan.FromDays(1)), default);
        Assert.False(await limited.SetRetentionAsync("nowhere", null, default));

        await limited.KeepHouseAsync();

        List<(string Room, long First)> found = [];
        await foreach (StoredRoom room in limited.LoadRoomsAsync(default))
        {
            found.Add((room.Room.Room, room.Room.FirstSeq));
        }

        Assert.Equal([("aged", 51), ("keeps", 1), ("server", 301)], found.Order());
        Assert.Empty((await limited.VerifyAsync(default)).Problems);
        Assert.Empty((await limited.SearchAsync("text 300", "server", _ => true, 9, default)).Messages);
        Assert.Single((await limited.SearchAsync("\"text 301\"", "server", _ => true, 9, default)).Messages);
    }

    private static long Guests(DataDirectory of)
    {
        using Database reader = Database.OpenReader(of.File(LogSchema.FileName), 1 << 20);
        return reader.ReadLong("SELECT COUNT(*) FROM guests");
    }

    private static AttachmentRecord Attachment(string id, string hash, long at) => new(id, "lobby", hash, "a.txt", 3, "text/plain", "ann", at);

    private async Task AddAsync(string id, string hash, long at) => Assert.Equal(AttachmentAddition.Added, await store.Attachments.AddAttachmentAsync(Attachment(id, hash, at), long.MaxValue, default));

    private async Task<IEnumerable<string>> UnusedAsync(long before) =>
        (await store.Attachments.ListUnusedAttachmentsAsync(before, 10, default)).Select(attachment => attachment.Id);
}
