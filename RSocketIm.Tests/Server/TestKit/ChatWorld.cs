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
        Commits = new CommitLoop(Directory, Store, Tails, Time, Options, Metrics, NullLogger<CommitLoop>.Instance);
        Unread = new UnreadCounts(Store, Options, NullLogger<UnreadCounts>.Instance);
        Limits = new SendLimits(Options);
        Rooms = new ChatRooms(Directory, Store, Commits, Unread, Limits, NullLogger<ChatRooms>.Instance);
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

    /// <summary>Lets a user into a private room, which has no route in this test's world yet.</summary>
    public async Task SetStandingAsync(string user, string room, RSocketIm.Server.Storage.Standing standing, string change) =>
        await Commits.RunAsync(new SetStanding(user, room, standing, change), CancellationToken.None);

    public MessageSend Message(string room, string text, string? id = null) =>
        new() { Room = room, Id = id ?? $"m{Interlocked.Increment(ref sends)}", Text = text };

    public FakeStream Open(string user, string room, long? after = null, DataFormat format = DataFormat.MessagePack) =>
        new(Feeds.Open(user, new FeedRequest { Room = room, After = after }, format));

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
