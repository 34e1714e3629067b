using RSocketIm.Protocol;
using RSocketIm.Protocol.Connections;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Payloads.Metadata;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Server.Accounts;
using RSocketIm.Server.Contracts;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Server.Hosting;

/// <summary>What time does to a connection of a whole server: tokens that expire, leases that come.</summary>
public sealed class RightsTests : IAsyncLifetime
{
    private const int LeaseRequests = 10;

    private readonly FakeTimeProvider time = new();
    private readonly HostedServer server;

    public RightsTests() => server = new HostedServer
    {
        Options = ["--RSocketIm:Auth:TokenLifetime=60", $"--RSocketIm:Lease:RequestsPerSecond={LeaseRequests}"],
        Replace = services => services.AddSingleton<TimeProvider>(time),
    };

    public Task InitializeAsync() => server.InitializeAsync();

    public Task DisposeAsync() => server.DisposeAsync();

    [Fact]
    public async Task Token_ThatExpires_EndsStreamsAndRequests_UntilANewerOneOfTheSameUserIsPushed()
    {
        string user = server.Name("guest");
        SignedIn first = await Http.GuestAsync(server.Client, user);
        await using ChatClient client = await ConnectAsync(new RequestMetadata().Bearer(first.Token).ToArray());
        string room = server.Name("room");
        await client.CreateAsync(room);
        Reading feed = client.Feed(room, credit: 10);
        await feed.NextAsync();

        time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(0x401u, (uint)(await feed.FailureAsync()).Code);
        Assert.Equal(0x401u, (uint)(await Assert.ThrowsAsync<RSocketException>(client.WhoAmIAsync)).Code);

        Tokens tokens = (Tokens)server.Services.GetService(typeof(Tokens))!;
        await PushAsync(client, tokens.Sign(tokens.Describe("somebody", isGuest: false)));
        await PushAsync(client, first.Token);
        Assert.Equal(0x401u, (uint)(await Assert.ThrowsAsync<RSocketException>(client.WhoAmIAsync)).Code);
        string newer = tokens.Sign(tokens.Describe(user, isGuest: false));
        long start = TimeProvider.System.GetTimestamp();
        do
        {
            await PushAsync(client, newer); // has no answer, and is dropped while another is looked at: a client asks, and pushes again
        }
        while (!await IsServedAsync(client) && TimeProvider.System.GetElapsedTime(start) < Guard.Patience);

        Assert.Equal(user, (await client.WhoAmIAsync()).User);
    }

    [Fact]
    public async Task Token_ThatIsNotRenewed_ClosesTheConnectionAMinuteLater()
    {
        SignedIn signedIn = await Http.GuestAsync(server.Client, server.Name("guest"));
        await using ChatClient client = await ConnectAsync(new RequestMetadata().Bearer(signedIn.Token).ToArray());
        await client.WhoAmIAsync();
        time.Advance(TimeSpan.FromSeconds(60) + RightsClock.Grace);
        await client.Connection.Closed.Within();
    }

    [Fact]
    public async Task Lease_OfAClientThatAsksForIt_PacesItsRequests_AndLosesNone()
    {
        await using ChatClient client = await ConnectAsync(new RequestMetadata().Simple(server.Name("guest"), "").ToArray(), new LeaseOptions());
        Task<WhoAmI>[] requests = [.. Enumerable.Range(0, (2 * LeaseRequests) + 5).Select(_ => client.WhoAmIAsync())];
        for (int answered = LeaseRequests; answered < requests.Length; answered += LeaseRequests)
        {
            await Task.WhenAll(requests[..answered]).Within();
            Assert.All(requests[answered..], static request => Assert.False(request.IsCompleted));
            time.Advance(TimeSpan.FromSeconds(1));
        }

        await Task.WhenAll(requests).Within();
    }

    private static async Task<bool> IsServedAsync(ChatClient client)
    {
        try
        {
            await client.WhoAmIAsync();
            return true;
        }
        catch (RSocketException refused)
        {
            Assert.Equal(0x401u, (uint)refused.Code);
            return false;
        }
    }

    private static async Task PushAsync(ChatClient client, string token) => await client.Connection.MetadataPushAsync(new RequestMetadata().Bearer(token).ToArray());

    // The server's clock jumps; its keepalive must not take that for silence.
    private async Task<ChatClient> ConnectAsync(byte[] metadata, LeaseOptions? lease = null)
    {
        ConnectionSetup setup = new()
        {
            DataMimeType = DataMimeTypes.Json,
            Payload = new Payload(default, metadata),
            KeepAliveInterval = TimeSpan.FromHours(1),
            MaxLifetime = TimeSpan.FromHours(2),
        };
        return new ChatClient(await RSocketClient.ConnectAsync(server.Tcp, new RSocketClientOptions { Setup = setup, Lease = lease }), DataFormat.Json);
    }
}
