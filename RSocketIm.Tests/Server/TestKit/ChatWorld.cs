using Microsoft.Extensions.Logging.Abstractions;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Feeds;
using RSocketIm.Server.Rooms;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Server.TestKit;

/// <summary>Rooms and feeds put together as the server does it, over a store and a clock in the test's hand.</summary>
internal sealed class ChatWorld : IDisposable
{
    private int sends;

    public ChatWorld(RoomOptions? options = null, ControlledStore? store = null)
    {
        Options = options ?? new RoomOptions();
        Store = store ?? new ControlledStore();
        Tails = new TailBudget(Options.TailBytes);
        Commits = new CommitLoop(Directory, Store, Store, Tails, Time, Options, Metrics, NullLogger<CommitLoop>.Instance);
        Unread = new UnreadCounts(Store, Options, NullLogger<UnreadCounts>.Instance);
        Limits = new SendLimits(Options);
        Receipts = new Receipts(Directory, Store, NullLogger<Receipts>.Instance);
        Rooms = new ChatRooms(Directory, Store, Commits, Receipts, Unread, Limits, NullLogger<ChatRooms>.Instance);
        Blocks = new BlockCache(Store, Directory, Options, Metrics, NullLogger<BlockCache>.Instance);
        Feeds = new RoomFeeds(Directory, Blocks, new History(Store, NullLogger<History>.Instance), Metrics);
        Inboxes = new InboxFeeds(Directory, Blocks, Metrics);
    }

    public RoomOptions Options { get; }

    public ControlledStore Store { get; }

    public FakeTimeProvider Time { get; } = new();

    public RoomDirectory Directory { get; } = new();

    public RoomMetrics Metrics { get; } = new();

    public TailBudget Tails { get; }

    public CommitLoop Commits { get; }

    public ChatRooms Rooms { get; }

    public BlockCache Blocks { get; }

    public RoomFeeds Feeds { get; }

    public InboxFeeds Inboxes { get; }

    public UnreadCounts Unread { get; }

    public Receipts Receipts { get; }

    public SendLimits Limits { get; }

    public Room Room(string room) => Directory.Find(room)!;

    public async Task<RoomInfo> CreateAsync(string user, string room, string kind = RoomKinds.Public) =>
        await Rooms.CreateAsync(user, new RoomCreate { Room = room, Kind = kind }, CancellationToken.None);

    public async Task<RoomInfo> JoinAsync(string user, string room) => await Rooms.JoinAsync(user, room, CancellationToken.None);

    public async Task<bool> LeaveAsync(string user, string room) => await Rooms.LeaveAsync(user, room, CancellationToken.None);

    public async Task<MessageSent> SendAsync(string user, string room, string text, string? id = null) =>
        await Rooms.SendAsync(user, Message(room, text, id), CancellationToken.None);

    public async Task SendManyAsync(string user, string room, int count)
    {
        for (int i = 0; i < count; i++)
        {
            await SendAsync(user, room, $"text {i}");
        }
    }

    /// <summary>Sends one message, and while it is being committed the others, which are one commit then.</summary>
    public async Task SendTogetherAsync(string user, string room, params IEnumerable<string> texts)
    {
        Task started = Store.HoldCommits();
        Task<MessageSent> first = SendAsync(user, room, "first");
        await started;
        Task<MessageSent>[] rest = [.. texts.Select(text => SendAsync(user, room, text))];
        Store.LetCommitsGo();
        await first;
        await Task.WhenAll(rest);
    }

    /// <summary>Lets a user into a private room, which has no route in this test's world yet.</summary>
    public async Task SetStandingAsync(string user, string room, RSocketIm.Server.Storage.Standing standing, string change) =>
        await Commits.RunAsync(new SetStanding(user, room, standing, change), CancellationToken.None);

    public MessageSend Message(string room, string text, string? id = null) =>
        new() { Room = room, Id = id ?? $"m{Interlocked.Increment(ref sends)}", Text = text };

    public FakeStream Open(string user, string room, long? after = null, DataFormat format = DataFormat.MessagePack) =>
        new(Feeds.Open(user, new FeedRequest { Room = room, After = after }, format));

    public async Task<EntryResult> EditAsync(string user, string room, long target, string text) =>
        await Rooms.EditAsync(user, new MessageEdit { Room = room, Target = target, Text = text }, CancellationToken.None);

    public async Task<EntryResult> DeleteAsync(string user, string room, long target, string? reason = null) =>
        await Rooms.DeleteAsync(user, new MessageDelete { Room = room, Target = target, Reason = reason }, CancellationToken.None);

    public async Task<EntryResult> ReactAsync(string user, string room, long target, string emoji, bool on = true) =>
        await Rooms.ReactAsync(user, new MessageReact { Room = room, Target = target, Emoji = emoji, On = on }, CancellationToken.None);

    public async Task<RoomInfo> OpenDirectAsync(string user, string other) => await Rooms.OpenAsync(user, new RoomOpen { User = other }, CancellationToken.None);

    public async Task<RoomInfo> UpdateAsync(string user, string room, string? title = null, string? kind = null) =>
        await Rooms.UpdateAsync(user, new RoomUpdate { Room = room, Title = title, Kind = kind }, CancellationToken.None);

    public async Task<long> InviteAsync(string user, string room, string other) =>
        (await Rooms.InviteAsync(user, new MemberAction { Room = room, User = other }, CancellationToken.None)).Seq;

    public async Task<long> RemoveAsync(string user, string room, string other) =>
        (await Rooms.RemoveAsync(user, new MemberAction { Room = room, User = other }, CancellationToken.None)).Seq;

    public async Task<long> BanAsync(string user, string room, string other) =>
        (await Rooms.BanAsync(user, new MemberAction { Room = room, User = other }, CancellationToken.None)).Seq;

    public async Task<long> SetRoleAsync(string user, string room, string other, string role) =>
        (await Rooms.SetRoleAsync(user, new MemberAction { Room = room, User = other, Role = role }, CancellationToken.None)).Seq;

    public async Task<ReceiptResult> ReadAsync(string user, string room, long seq) =>
        await Rooms.ReadAsync(user, new ReceiptRequest { Room = room, Seq = seq }, CancellationToken.None);

    public async Task<RoomInfo> InfoAsync(string user, string room) => await Rooms.GetInfoAsync(user, room, CancellationToken.None);

    /// <summary>The newest page of history.</summary>
    public async Task<RoomEvent[]> HistoryAsync(string user, string room, long? before = null, long? after = null, int limit = 500) =>
        [.. (await Feeds.HistoryAsync(user, new HistoryRequest { Room = room, Before = before, After = after, Limit = limit }, CancellationToken.None)).ReadEvents()];

    public FakeStream OpenInbox(string user, params (string Room, long After)[] positions) =>
        new(Inboxes.Open(user, new InboxRequest { Positions = positions.ToDictionary(each => each.Room, each => each.After) }, DataFormat.MessagePack));

    public void Dispose()
    {
        Inboxes.Dispose();
        Limits.Dispose();
        Metrics.Dispose();
    }

    public static async Task<string> RefusalOf(Func<Task> act) => (await Assert.ThrowsAsync<RSocketException>(act)).Message.Split(':')[0];

    private sealed class SetStanding(string user, string room, RSocketIm.Server.Storage.Standing standing, string change) : RoomCommand<long>(user, room)
    {
        protected override long Run(CommitTurn turn) => turn.Require(Room).AppendStanding(User, standing, "root", change).Seq;
    }
}
