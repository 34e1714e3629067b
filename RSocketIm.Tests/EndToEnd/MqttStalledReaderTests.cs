using RSocketIm.Server.Gateways.Mqtt.Packets;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.EndToEnd;

/// <summary>Subscribers of MQTT that do not read, or do not acknowledge: memory stays flat, others do not notice, and they get everything once they go on.</summary>
[Collection(CountsBytes.Name)]
public sealed class MqttStalledReaderTests : IAsyncLifetime
{
    private const int Messages = 30_000; // in each of the two phases
    private const int Batch = 1_000;

    // What a phase adds in any case, idempotency keys above all, is about 4 MB; a queue for one stalled reader would be 15.
    private const long Flat = 8 << 20;

    private const string Topic = "chat/busy";

    private static readonly string Text = new('x', 500);

    private readonly HostedServer server = new() { Options = ["--RSocketIm:Limits:TailBytes=1048576", "--RSocketIm:Limits:BlockCacheBytes=1048576"] };

    public Task InitializeAsync() => server.InitializeAsync();

    public Task DisposeAsync() => server.DisposeAsync();

    [Fact]
    public async Task StalledSubscribers_StayFlat_WhileOthersReadOn_AndThenGetEveryMessage()
    {
        await using MqttPeer writer = await MqttPeer.GuestAsync(server.Mqtt, "writer");
        await using MqttPeer live = await MqttPeer.GuestAsync(server.Mqtt, "live");
        await live.SubscribeAsync(Topic);

        // The same once without the stalled ones, so that caches and tables have found their size.
        await PublishAsync(writer, live, 0);
        await using MqttPeer deaf = await MqttPeer.GuestAsync(server.Mqtt, "deaf", receiveBuffer: 8_192);
        await deaf.SubscribeAsync(Topic);
        await using MqttPeer mute = await MqttPeer.GuestAsync(server.Mqtt, "mute", clientId: "mute", expiry: 3_600, receiveMaximum: 10);
        await mute.SubscribeAsync(Topic, 1);
        long start = CountBytes();
        await PublishAsync(writer, live, Messages);
        long growth = CountBytes() - start;

        Assert.True(growth < Flat, $"Memory grew by {growth} bytes while two subscribers were stalled.");
        for (int i = Messages; i < 2 * Messages; i++)
        {
            Assert.Equal($"{i} {Text}", await deaf.ExpectTextAsync());
        }

        for (int i = Messages; i < 2 * Messages; i++)
        {
            PublishPacket packet = await mute.ExpectAsync<PublishPacket>();
            Assert.Equal($"{i} {Text}", MqttPeer.TextOf(packet));
            await mute.SendAsync(new PubackPacket(packet.PacketId));
        }
    }

    private static long CountBytes()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }

    private static async Task PublishAsync(MqttPeer writer, MqttPeer live, int first)
    {
        for (int start = first; start < first + Messages; start += Batch)
        {
            await writer.SendAsync([.. Enumerable.Range(start, Batch).Select(static i => MqttPeer.Message(Topic, $"{i} {Text}", 1, (ushort)(1 + (i % 60_000))))]);
            for (int i = 0; i < Batch; i++)
            {
                Assert.Equal(ReasonCode.Success, (await writer.ExpectAsync<PubackPacket>()).Code);
            }

            for (int i = start; i < start + Batch; i++)
            {
                Assert.Equal($"{i} {Text}", await live.ExpectTextAsync());
            }
        }
    }
}
