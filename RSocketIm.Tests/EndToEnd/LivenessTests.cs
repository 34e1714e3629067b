using RSocketIm.Protocol;
using RSocketIm.Protocol.Connections;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Payloads.Metadata;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Server.Contracts;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.EndToEnd;

/// <summary>Who is alive and what time it is, for a whole server whose clock a test holds.</summary>
public sealed class LivenessTests : IAsyncLifetime
{
    private readonly FakeTimeProvider time = new();
    private readonly HostedServer server;

    public LivenessTests() => server = new HostedServer { Replace = services => services.AddSingleton<TimeProvider>(time) };

    public Task InitializeAsync() => server.InitializeAsync();

    public Task DisposeAsync() => server.DisposeAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task HalfOpenConnection_IsClosedAfterItsLifetime_AndItsCursorSurvives(bool overTcp)
    {
        string room = server.Name("room");
        await using ChatClient writer = await ConnectAsync(server.Tcp, "writer", TimeSpan.FromDays(1));
        await writer.CreateAsync(room);
        await using FaultProxy proxy = FaultProxy.Start(overTcp ? server.Tcp : server.WebSocket);
        string user = server.Name("gone");
        await using ChatClient gone = await ConnectAsync(overTcp ? proxy.Tcp : proxy.WebSocket, user, TimeSpan.FromSeconds(60));
        Reading before = gone.Feed(room, int.MaxValue);
        await before.NextSeqsAsync(1);
        Assert.True(await IsOnlineAsync(writer, user));

        proxy.Current.HalfOpen();
        RSocketServer rsocket = server.Services.GetRequiredService<RSocketServer>();
        Assert.Equal(2, rsocket.Connections.Count);
        time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(2, rsocket.Connections.Count);
        for (int i = 0; i < 10; i++)
        {
            await writer.SendAsync(room, $"m{i}", "text");
        }

        // The lifetime, then the time a peer has to close its side.
        await Guard.Until(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(1));
                return rsocket.Connections.Count == 1;
            },
            "the dead connection was dropped");
        Assert.Equal(1, before.Count);
        time.Advance(TimeSpan.FromSeconds(30)); // longer than presence bears with a change of network
        Assert.False(await IsOnlineAsync(writer, user));

        await using ChatClient back = await ConnectAsync(server.Tcp, user, TimeSpan.FromSeconds(60));
        Assert.Equal(Enumerable.Range(2, 10).Select(static seq => (long)seq), await back.Feed(room, int.MaxValue, after: 1).NextSeqsAsync(10));
    }

    [Fact]
    public async Task WallClockThatIsSetForwardAndBack_MovesNoEntryBackAndCutsNobody_UntilTheirTokenIsOver()
    {
        string user = server.Name("guest");
        string room = server.Name("room");
        string token = (await Http.GuestAsync(server.Client, user)).Token; // for 24 hours
        await using ChatClient client = await ChatClient.BearerAsync(server.Tcp, token);
        await client.CreateAsync(room);
        Reading feed = client.Feed(room, int.MaxValue);
        await feed.NextEventAsync();
        long at = 0;
        int sent = 0;
        foreach (int hours in (int[])[0, 5, -9, 2])
        {
            time.SetWallClock(TimeSpan.FromHours(hours));
            time.Advance(TimeSpan.FromSeconds(1));
            await client.SendAsync(room, $"m{sent++}", "text");
            RoomEvent entry = await feed.NextEventAsync();
            Assert.True(entry.At >= at, $"{entry.At} came after {at}.");
            at = entry.At;
            Assert.True(await IsOnlineAsync(client, user));
            await using ChatClient again = await ChatClient.BearerAsync(server.Tcp, token);
            Assert.Equal(user, (await again.WhoAmIAsync()).User);
        }

        time.SetWallClock(TimeSpan.FromHours(30));
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(0x401u, (uint)(await feed.FailureAsync()).Code);
        await using ChatClient other = await ChatClient.BearerAsync(server.Tcp, (await Http.GuestAsync(server.Client, server.Name("other"))).Token);
        Assert.Equal(Enumerable.Range(1, sent + 1).Select(static seq => (long)seq), await other.Feed(room, int.MaxValue).NextSeqsAsync(sent + 1));
    }

    private static async Task<bool> IsOnlineAsync(ChatClient client, string user) =>
        (await client.AskAsync("presence.get", PresenceRequest.Format, new PresenceRequest { Users = [user] }, PresenceResult.Format)).Presence.Single().Online;

    private static async Task<ChatClient> ConnectAsync(string address, string user, TimeSpan lifetime) => new(
        await RSocketClient.ConnectAsync(address, new RSocketClientOptions
        {
            Setup = new ConnectionSetup
            {
                KeepAliveInterval = lifetime / 3,
                MaxLifetime = lifetime,
                DataMimeType = DataMimeTypes.MessagePack,
                Payload = new Payload(default, new RequestMetadata().Simple(user, "").ToArray()),
            },
        }),
        DataFormat.MessagePack);
}
