using RSocketIm.Server.Storage;
using RSocketIm.Server.Storage.Sqlite;
using RSocketIm.Tests.Server.TestKit;

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
        Assert.False(await store.Attachments.AddAttachmentAsync(Attachment("a1", "hash3", 1), default));
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

    private static AttachmentRecord Attachment(string id, string hash, long at) => new(id, "lobby", hash, "a.txt", 3, "text/plain", "ann", at);

    private async Task AddAsync(string id, string hash, long at) => Assert.True(await store.Attachments.AddAttachmentAsync(Attachment(id, hash, at), default));

    private async Task<IEnumerable<string>> UnusedAsync(long before) =>
        (await store.Attachments.ListUnusedAttachmentsAsync(before, 10, default)).Select(attachment => attachment.Id);
}
