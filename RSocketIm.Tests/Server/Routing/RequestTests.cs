using RSocketIm.Protocol;
using RSocketIm.Protocol.Connections;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Payloads.Metadata;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Protocol.Streams;
using RSocketIm.Server.Contracts;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Server.Routing;

/// <summary>Requests as a client makes them, to a whole server.</summary>
public sealed class RequestTests(HostedServer server) : IClassFixture<HostedServer>
{
    [Theory]
    [InlineData("Json", true)]
    [InlineData("Json", false)]
    [InlineData("MessagePack", true)]
    [InlineData("MessagePack", false)]
    public async Task Room_FromCreationToHistory_WorksInBothFormatsOverBothTransports(string formatName, bool overTcp)
    {
        DataFormat format = Enum.Parse<DataFormat>(formatName);
        await using ChatClient alice = await server.GuestAsync("alice", format, overTcp);
        await using ChatClient bob = await server.GuestAsync("bob", format, overTcp);
        string room = server.Name("room");

        RoomInfo created = await alice.CreateAsync(room);
        Assert.Equal(("owner", 1L, 1L), (created.Role, created.Head, created.Members));
        Assert.Equal("member", (await bob.JoinAsync(room)).Role);
        MessageSent sent = await bob.SendAsync(room, "m1", "Grüße");
        MessageSent again = await bob.SendAsync(room, "m1", "Grüße");
        Assert.Equal((3L, false), (sent.Seq, sent.Duplicate));
        Assert.Equal((3L, true), (again.Seq, again.Duplicate));

        HistoryPage page = await alice.AskAsync("messages.history", HistoryRequest.Format, new HistoryRequest { Room = room }, HistoryPage.Format);
        Assert.Equal(["joined", "joined", "Grüße"], page.ReadEvents().Select(static entry => entry.Change ?? entry.Text));
        RoomPage rooms = await bob.AskAsync("rooms.list", RoomList.Format, new RoomList { Mine = true }, RoomPage.Format);
        Assert.Equal([room], rooms.Rooms.Select(static one => one.Room));
        await bob.AskAsync("rooms.leave", RoomRef.Format, new RoomRef { Room = room }, EmptyRecord.Format);
        Assert.Null((await bob.AskAsync("rooms.get", RoomRef.Format, new RoomRef { Room = room }, RoomInfo.Format)).Role);
    }

    [Fact]
    public async Task WhoAmI_SaysUserNodeAndConnection()
    {
        await using ChatClient client = await server.GuestAsync("who");
        WhoAmI me = await client.WhoAmIAsync();
        Assert.StartsWith("who", me.User, StringComparison.Ordinal);
        Assert.Equal(Environment.MachineName, me.Node);
        Assert.NotEmpty(me.Version);
        Assert.Equal(me.Connection, (await client.WhoAmIAsync()).Connection);
    }

    [Theory]
    [InlineData("no.such.route", "not_found: There is no route no.such.route.")]
    [InlineData("rooms.feed", "not_found: Route rooms.feed does not serve request-response.")]
    [InlineData("messages.unsend", "not_found: There is no route messages.unsend.")]
    public async Task RequestResponse_ToWhatIsNotThere_IsNotFound(string route, string message)
    {
        await using ChatClient client = await server.GuestAsync();
        RSocketException error = await Assert.ThrowsAsync<RSocketException>(
            () => client.Connection.RequestResponseAsync(new Payload("{}"u8.ToArray(), RequestMetadata.ForRoute(route))).AsTask());
        Assert.Equal((0x404u, message), ((uint)error.Code, error.Message));
    }

    [Fact]
    public async Task Request_WithoutARequiredKey_IsABadRequestThatNamesIt()
    {
        await using ChatClient client = await server.GuestAsync(format: DataFormat.Json);
        RSocketException error = await Assert.ThrowsAsync<RSocketException>(
            () => client.Connection.RequestResponseAsync(new Payload("{\"room\":\"x\"}"u8.ToArray(), RequestMetadata.ForRoute("messages.send"))).AsTask());
        Assert.Equal(0x400u, (uint)error.Code);
        Assert.StartsWith("bad_request: id is missing", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_WithBrokenMetadata_IsInvalidAndTheConnectionLives()
    {
        await using ChatClient client = await server.GuestAsync();
        RSocketException error = await Assert.ThrowsAsync<RSocketException>(
            () => client.Connection.RequestResponseAsync(new Payload(default, new byte[] { 0xFE, 0, 0, 9, 1 })).AsTask());
        Assert.Equal(ErrorCode.Invalid, error.Code);
        error = await Assert.ThrowsAsync<RSocketException>(() => client.Connection.RequestResponseAsync(Payload.Empty).AsTask());
        Assert.Equal("not_found: The request names no route.", error.Message);
        await client.WhoAmIAsync();
    }

    [Fact]
    public async Task Metadata_OfRoutingAlone_TakeTheIdentityFromTheUpgradeRequest()
    {
        string name = server.Name("routed");
        string token = (await Http.GuestAsync(server.Client, name)).Token;
        await using RSocketClient client = await RSocketClient.ConnectAsync(server.WebSocket, new RSocketClientOptions
        {
            Setup = new ConnectionSetup { DataMimeType = DataMimeTypes.Json, MetadataMimeType = "message/x.rsocket.routing.v0" },
            ConfigureWebSocket = options => options.SetRequestHeader("Authorization", $"Bearer {token}"),
        });
        byte[] route = [13, .. "system.whoami"u8];
        Payload answer = await client.RequestResponseAsync(new Payload("{}"u8.ToArray(), route)).AsTask().WaitAsync(ChatClient.Patience);
        Assert.Equal(name, WhoAmI.Format.Read(DataFormat.Json, answer.Data).User);
    }

    [Fact]
    public async Task Echo_AnyBytes_ComeBackInOrder()
    {
        await using ChatClient client = await server.GuestAsync();
        byte[] bytes = [0, 255, 7];
        Payload answer = await client.Connection.RequestResponseAsync(new Payload(bytes, RequestMetadata.ForRoute("system.echo")));
        Assert.Equal(bytes, answer.Data.ToArray());
        Assert.False(answer.HasMetadata);

        Payload first = new("0"u8.ToArray(), RequestMetadata.ForRoute("system.echo"));
        Reading echo = client.Channel(first, PayloadSources.From(Enumerable.Range(1, 199).Select(static i => Payload.FromText($"{i}"))), 5);
        for (int i = 0; i < 200; i++)
        {
            Assert.Equal($"{i}", (await echo.NextAsync()).DataText);
            echo.Grant(1);
        }

        await echo.Ended;
    }

    [Theory]
    [InlineData("Json")]
    [InlineData("MessagePack")]
    public async Task Count_Padded_HasAboutTheBytesAskedFor(string formatName)
    {
        DataFormat format = Enum.Parse<DataFormat>(formatName);
        await using ChatClient client = await server.GuestAsync(format: format);
        Reading count = client.Stream("system.count", CountRequest.Format, new CountRequest { Count = 3, Bytes = 200 }, 10);
        for (int i = 1; i <= 3; i++)
        {
            Payload payload = await count.NextAsync();
            Assert.Equal(i, CountItem.Format.Read(format, payload.Data).I);
            Assert.InRange(payload.Data.Length, 190, 210);
        }

        await count.Ended;
    }

    [Fact]
    public async Task Count_ToTwoToThe53_SendsWhatIsGrantedAndNoMore()
    {
        await using ChatClient client = await server.GuestAsync();
        Reading count = client.Stream("system.count", CountRequest.Format, new CountRequest { Count = 9_007_199_254_740_991 }, 3);
        Assert.Equal((1L, 2L, 3L), (await I(), await I(), await I()));
        count.Grant(1);
        Assert.Equal(4, await I());
        count.Stream.Cancel();

        async Task<long> I() => (await count.NextAsync(CountItem.Format)).I;
    }

    [Fact]
    public async Task Count_ToNothing_CompletesAtOnce()
    {
        await using ChatClient client = await server.GuestAsync();
        await client.Stream("system.count", CountRequest.Format, new CountRequest(), 1).Ended;
    }

    [Fact]
    public async Task Feed_OfAnUnknownRoom_FailsWithNotFound()
    {
        await using ChatClient client = await server.GuestAsync();
        Assert.Equal(0x404u, (uint)(await client.Feed("nowhere", 1).FailureAsync()).Code);
    }

    [Fact]
    public async Task Feed_WithCreditOfFourThenThree_SendsExactlyThat()
    {
        await using ChatClient client = await server.GuestAsync();
        string room = server.Name("credit");
        await client.CreateAsync(room);
        for (int i = 0; i < 9; i++)
        {
            await client.SendAsync(room, $"m{i}", "text");
        }

        Reading feed = client.Feed(room, 4);
        Assert.Equal((long[])[1, 2, 3, 4], await feed.NextSeqsAsync(4));
        await client.WhoAmIAsync(); // goes through the same write loop, which would have sent a fifth entry first
        Assert.Equal(4, feed.Count);
        feed.Grant(3);
        Assert.Equal((long[])[5, 6, 7], await feed.NextSeqsAsync(3));
        await client.WhoAmIAsync();
        Assert.Equal(7, feed.Count);
    }

    [Fact]
    public async Task SignalsFeed_TellsOfTypingAndOfReceipts()
    {
        await using ChatClient reader = await server.GuestAsync("reader");
        await using ChatClient typist = await server.GuestAsync("typist");
        string typistName = (await typist.WhoAmIAsync()).User;
        string room = server.Name("signals");
        await reader.CreateAsync(room);
        await typist.JoinAsync(room);
        Reading signals = reader.Stream("signals.feed", RoomRef.Format, new RoomRef { Room = room }, int.MaxValue);
        await typist.Connection.FireAndForgetAsync(typist.Encode("typing", RoomRef.Format, new RoomRef { Room = room }));
        await typist.Connection.FireAndForgetAsync(typist.Encode("receipts.read", ReceiptRequest.Format, new ReceiptRequest { Room = room, Seq = 2 }));
        HashSet<string> missing = [SignalEvent.TypingType, SignalEvent.ReceiptType];
        while (missing.Count > 0)
        {
            SignalEvent signal = await signals.NextAsync(SignalEvent.Format);
            if (signal.User == typistName && missing.Remove(signal.Type) && signal.Type == SignalEvent.ReceiptType)
            {
                Assert.Equal(2, signal.Seq);
            }
        }
    }
}
