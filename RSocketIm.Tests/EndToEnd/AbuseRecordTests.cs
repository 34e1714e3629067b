using RSocketIm.Protocol.Frames;
using RSocketIm.Server.Routing;
using RSocketIm.Tests.TestKit;
using Xunit.Abstractions;

namespace RSocketIm.Tests.EndToEnd;

/// <summary>Records that promise more than they hold, to every route and in every interaction. Bounds as in <see cref="AbuseTests"/>.</summary>
[Collection(CountsBytes.Name)]
public sealed class AbuseRecordTests(ITestOutputHelper output, HostedServer sample) : IClassFixture<HostedServer>
{
    private const int Rounds = 20;
    private const int Depth = 10_000;

    private static readonly FrameType[] Interactions = [FrameType.RequestResponse, FrameType.RequestFireAndForget, FrameType.RequestStream, FrameType.RequestChannel];

    // Five bytes that declare 2^32-1 of something, by themselves and as a field's value; and nests.
    private static byte[][] Bombs
    {
        get
        {
            byte[][] promises = [.. ((byte[])[0xDD, 0xDF, 0xDB, 0xC6, 0xC9]).Select(static code => (byte[])[code, 0xFF, 0xFF, 0xFF, 0xFF])];
            byte[] arrays = [.. Enumerable.Repeat((byte)0x91, Depth), 0xC0];
            byte[] maps = [.. Enumerable.Repeat((byte[])[0x81, 0xA1, (byte)'x'], Depth).SelectMany(static one => one), 0xC0];
            byte[] room = [0x81, 0xA4, .. "room"u8];
            byte[] unknown = [0x81, 0xA2, .. "zz"u8];
            return [.. promises, arrays, maps, .. promises.Append(arrays).Append(maps).SelectMany(bomb => (byte[][])[[.. room, .. bomb], [.. unknown, .. bomb]])];
        }
    }

    [Fact]
    public async Task BombsToEveryRoute_AreRefusedOneByOne()
    {
        string[] routes = [.. sample.Services.GetRequiredService<RouteTable>().All.Select(static route => route.Name).Where(static name => name != "system.echo")];
        Assert.True(routes.Length > 20);
        byte[][] bombs = Bombs;
        await using AbusedServer server = await AbusedServer.StartAsync(output);
        await server.EndureAsync($"MessagePack bombs: {bombs.Length} kinds to {routes.Length} routes in 4 interactions, {Rounds} times", 48, async () =>
        {
            using HostilePeer peer = await HostilePeer.SignInAsync(server.Tcp, "bomber");
            int id = -1;
            int answers = 0;
            int expected = Rounds * routes.Length * bombs.Length * (Interactions.Length - 1); // fire-and-forget is never answered
            Task reading = peer.ReadAsync(frame =>
            {
                Assert.True(frame.Type != FrameType.Payload, $"A bomb was taken: {frame}.");
                Assert.True(frame.Type != FrameType.Error || frame.StreamId != 0, $"The connection was closed: {frame}.");
                answers += frame.Type == FrameType.Error ? 1 : 0;
                return answers < expected;
            });
            Task<bool> sending = peer.FloodAsync(Frames(), CancellationToken.None);
            await server.ProgressAsync(100);
            await reading.WaitAsync(TimeSpan.FromMinutes(2));
            Assert.Equal(expected, answers);
            Assert.True(await sending);

            IEnumerable<byte[]> Frames() =>
                from _ in Enumerable.Range(0, Rounds)
                from route in routes
                from bomb in bombs
                from type in Interactions
                select Build.Prefixed(HostilePeer.Request(type, id += 2, route, bomb, int.MaxValue));
        });
    }
}
