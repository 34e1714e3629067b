using RSocketIm.Protocol;
using RSocketIm.Protocol.Connections;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Payloads.Metadata;
using RSocketIm.Server.Contracts;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.EndToEnd;

/// <summary>Links as they are outside of laboratories: slow, late, cut anywhere, dead without a word. Nothing acknowledged is lost or doubled, and nobody else notices.</summary>
public sealed class FaultTests(HostedServer server) : IClassFixture<HostedServer>
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);

    private readonly FakeTimeProvider link = new();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ReaderOnAThrottledLink_GetsEverythingInOrder_AndItsNeighbourNoticesNothing(bool overTcp)
    {
        const int Entries = 201;
        string room = server.Name("throttled");
        await using ChatClient writer = await server.GuestAsync();
        await using ChatClient neighbour = await server.GuestAsync();
        await writer.CreateAsync(room);
        await using FaultProxy proxy = FaultProxy.Start(overTcp ? server.Tcp : server.WebSocket, link);
        await using ChatClient slow = await ChatClient.GuestAsync(overTcp ? proxy.Tcp : proxy.WebSocket, server.Name("slow"));
        (await proxy.NextAsync()).Down.Throttle(8_000);
        Reading crawling = slow.Feed(room, int.MaxValue);
        Reading quick = neighbour.Feed(room, int.MaxValue);
        string text = new('x', 1_000);
        for (int i = 1; i < Entries; i++)
        {
            await writer.SendAsync(room, $"m{i}", text);
        }

        // The link's clock stands still: the slow reader has got next to nothing, and that is nobody's problem but its own.
        long[] all = [.. Enumerable.Range(1, Entries).Select(static seq => (long)seq)];
        Assert.Equal(all, await quick.NextSeqsAsync(Entries));
        Assert.InRange(crawling.Count, 0, 20);
        Assert.Equal(all, await WhileTheLinkRunsAsync(crawling.NextSeqsAsync(Entries)));
    }

    [Fact]
    public async Task RequestsOverADelayedLink_AreAnsweredInTheirOrder()
    {
        await using FaultProxy proxy = FaultProxy.Start(server.Tcp, link, static connection =>
        {
            connection.Up.Delay(TimeSpan.FromMilliseconds(300));
            connection.Down.Delay(TimeSpan.FromMilliseconds(700));
        });
        string room = server.Name("late");
        await using ChatClient straight = await server.GuestAsync();
        await straight.CreateAsync(room);
        await using ChatClient far = await ChatClient.GuestAsync(proxy.Tcp, server.Name("far"));
        long[] seqs = await WhileTheLinkRunsAsync(SendFiftyAsync());
        Assert.Equal([.. Enumerable.Range(3, 50).Select(static seq => (long)seq)], seqs);

        async Task<long[]> SendFiftyAsync()
        {
            await far.JoinAsync(room);
            return [.. (await Task.WhenAll(Enumerable.Range(0, 50).Select(i => far.SendAsync(room, $"m{i}", "text")))).Select(static sent => sent.Seq)];
        }
    }

    [Theory]
    [InlineData(CutKind.Reset)]
    [InlineData(CutKind.Fin)]
    public async Task SendThatIsCutAfterAnyByte_AndSentAgain_IsThereOnce(CutKind kind)
    {
        string user = server.Name("cut");
        string room = server.Name("cuts");
        await using ChatClient straight = await ChatClient.GuestAsync(server.Tcp, user);
        await straight.CreateAsync(room);
        int sent = 0;
        int afterAll = 0;

        // Over SETUP and the request, and one past them: from there on the request arrived whole.
        for (int bytes = 0; afterAll < 3; bytes++)
        {
            int limit = bytes;
            await using FaultProxy proxy = FaultProxy.Start(server.Tcp, prepare: connection => connection.Up.CutAfter(limit, kind));
            afterAll += await TrySendAsync(proxy.Tcp, user, room, $"m{bytes}") ? 1 : 0;
            MessageSent again = await straight.SendAsync(room, $"m{bytes}", "text");
            Assert.Equal(++sent + 1, again.Seq);
        }

        Assert.InRange(sent, 100, 1_000);
        Reading feed = straight.Feed(room, int.MaxValue);
        Assert.Equal(Enumerable.Range(1, sent + 1).Select(static seq => (long)seq), await feed.NextSeqsAsync(sent + 1));
    }

    [Fact]
    public async Task FeedThatIsCutAfterAnyByte_AndAskedForAgain_ShowsEverySeqOnce()
    {
        const int Entries = 200;
        string room = server.Name("cutfeed");
        await using ChatClient writer = await server.GuestAsync();
        await writer.CreateAsync(room);
        for (int i = 1; i < Entries; i++)
        {
            await writer.SendAsync(room, $"m{i}", "text");
        }

        long last = 0;
        for (int bytes = 1; last < Entries; bytes += 7)
        {
            int limit = bytes % 400;
            await using FaultProxy proxy = FaultProxy.Start(server.Tcp, prepare: connection => connection.Down.CutAfter(limit, CutKind.Fin));
            await using ChatClient reader = await ChatClient.GuestAsync(proxy.Tcp, "cutreader");
            Reading feed = reader.Feed(room, int.MaxValue, last);
            try
            {
                while (last < Entries)
                {
                    Assert.Equal(last + 1, (await feed.NextEventAsync()).Seq);
                    last++;
                }
            }
            catch (System.Threading.Channels.ChannelClosedException)
            {
                // Cut: asked for again after the last one.
            }
        }
    }

    [Fact]
    public async Task HalfOpenConnection_IsGivenUpByTheClientAfterItsLifetime_AndMadeAnew()
    {
        FakeTimeProvider time = new();
        await using FaultProxy proxy = FaultProxy.Start(server.Tcp);
        await using RSocketClient client = await RSocketClient.ConnectAsync(proxy.Tcp, new RSocketClientOptions
        {
            TimeProvider = time,
            Reconnect = new ReconnectOptions { FirstDelay = TimeSpan.FromMilliseconds(10), MaxDelay = TimeSpan.FromMilliseconds(10) },
            Setup = new ConnectionSetup
            {
                KeepAliveInterval = TimeSpan.FromMinutes(20),
                MaxLifetime = TimeSpan.FromMinutes(60),
                DataMimeType = DataMimeTypes.MessagePack,
                Payload = new Payload(default, new RequestMetadata().Simple(server.Name("half"), "").ToArray()),
            },
        });
        await EchoAsync(client);
        RSocketConnection first = await client.ConnectedAsync().Within();
        FaultConnection dead = proxy.Current;
        dead.HalfOpen();
        await AdvanceUntilAsync(() => first.Closed.IsCompleted, TimeSpan.FromMinutes(1));

        // In small steps from here: the next connection lives on the same clock, and might be given up before it has been seen.
        await AdvanceUntilAsync(() => client.ConnectedAsync().AsTask() is { IsCompletedSuccessfully: true } next && next.Result != first, TimeSpan.FromMilliseconds(1));
        await EchoAsync(client);
        Assert.Equal(2, proxy.Count);
        await dead.CutAsync();

        Task AdvanceUntilAsync(Func<bool> condition, TimeSpan step) => Guard.Until(
            () =>
            {
                time.Advance(step);
                return condition();
            },
            "the client came again");
    }

    private static async Task EchoAsync(RSocketClient client)
    {
        Payload echo = await client.RequestResponseAsync(new Payload(Build.Text("there?"), RequestMetadata.ForRoute("system.echo"))).AsTask().Within();
        Assert.Equal("there?", echo.DataText);
    }

    // Whether it was acknowledged.
    private static async Task<bool> TrySendAsync(string address, string user, string room, string id)
    {
        try
        {
            await using ChatClient client = await ChatClient.GuestAsync(address, user);
            await client.SendAsync(room, id, "text");
            return true;
        }
        catch (Exception cut) when (cut is RSocketException or IOException)
        {
            return false;
        }
    }

    private async Task<T> WhileTheLinkRunsAsync<T>(Task<T> work)
    {
        while (!work.IsCompleted)
        {
            await Guard.Until(() => link.ActiveTimers > 0 || work.IsCompleted, "something is on its way over the link");
            link.Advance(Tick);
        }

        return await work;
    }
}
