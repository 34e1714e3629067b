using RSocketIm.Protocol.Frames;
using RSocketIm.Tests.TestKit;
using Xunit.Abstractions;

namespace RSocketIm.Tests.EndToEnd;

/// <summary>Peers that never get as far as being somebody, or do so again and again. Bounds as in <see cref="AbuseTests"/>.</summary>
[Collection(CountsBytes.Name)]
public sealed class AbuseHandshakeTests(ITestOutputHelper output)
{
    private const int Drips = 500;
    private const int MostDrips = 30_000; // below every bound on bytes, so that it is time that ends it

    // Longer than the server's patience by far, and never reached when it has some.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task HandshakesThatDrip_AreThrownOut()
    {
        byte[] setup = Build.Prefixed([.. HostilePeer.Setup("slow"), .. new byte[MostDrips]]);
        byte[] upgrade = Build.Text("GET /rsocket HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nX-Filler: " + new string('x', MostDrips));
        await using AbusedServer server = await AbusedServer.StartAsync(output, "--RSocketIm:Limits:SetupTimeoutSeconds=2");
        string http = $"tcp://{server.Http.Authority}";
        await server.EndureAsync("slow-loris handshakes: 500 SETUPs on TCP and 500 HTTP upgrades, a byte at a time", 80, async () =>
        {
            using Crowd overTcp = await Crowd.ConnectAsync(server.Tcp, Drips);
            using Crowd overHttp = await Crowd.ConnectAsync(http, Drips);
            Task thrownOut = Task.WhenAll(overTcp.AllAsync(static peer => peer.WhenThrownOutAsync()), overHttp.AllAsync(static peer => peer.WhenThrownOutAsync()));
            for (int i = 0; i < MostDrips && !thrownOut.IsCompleted; i++)
            {
                // One byte for each per round trip of the well-behaved client.
                await Task.WhenAll(
                    overTcp.AllAsync(peer => peer.FloodAsync([[setup[i]]], CancellationToken.None)),
                    overHttp.AllAsync(peer => peer.FloodAsync([[upgrade[i]]], CancellationToken.None)));
                await server.ProgressAsync(1);
            }

            await thrownOut.WaitAsync(Patience);
        });
    }

    [Fact]
    public async Task TenThousandConnectsAndDisconnects()
    {
        const int Connections = 10_000;
        await using AbusedServer server = await AbusedServer.StartAsync(output);
        await server.EndureAsync("5,000 connects and disconnects, 64 at a time: before, within and after SETUP", 96, () => ChurnAsync(server, Connections / 2));

        // Tables and pools have found their size; what is left behind per connection would show now.
        await server.EndureAsync("10,000 more of them", 48, () => ChurnAsync(server, Connections));
    }

    private static async Task ChurnAsync(AbusedServer server, int connections)
    {
        Task churning = Parallel.ForAsync(0, connections, new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (i, cancelled) =>
        {
            using HostilePeer peer = await HostilePeer.ConnectAsync(server.Tcp);
            byte[] setup = Build.Prefixed(HostilePeer.Setup($"flighty{i % 100}"));
            switch (i % 4)
            {
                case 1:
                    await peer.FloodAsync([setup[..^5]], cancelled);
                    break;
                case 2:
                    await peer.FloodAsync([setup], cancelled);
                    break;
                case 3:
                    // As far as an answer, so that the server has been through all of it.
                    await peer.FloodAsync([setup, Build.Prefixed(HostilePeer.Request(FrameType.RequestResponse, 1, "system.whoami", [0x80]))], cancelled);
                    await peer.ReadAsync(static frame => frame.Type != FrameType.Payload).WaitAsync(Patience, cancelled);
                    break;
            }
        });
        await server.ProgressAsync(100);
        await churning;
    }
}
