using System.Net;
using RSocketIm.Server.Gateways.Mqtt.Packets;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.EndToEnd;

/// <summary>A session is away while messages pass and the server is killed, more than once: it gets them all, in order, never more under way than it allows.</summary>
public sealed class MqttAwayTests : IDisposable
{
    private const int Messages = 100_000;
    private const ushort ReceiveMaximum = 200;
    private const string Topic = "chat/away";

    private readonly DirectoryInfo data = Directory.CreateTempSubdirectory("rsocketim-mqtt-");

    public void Dispose() => data.Delete(recursive: true);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task SessionThatIsAway_WhileTheServerIsKilled_GetsEverythingInOrder(int qos)
    {
        ServerProcess server = await StartAsync();
        await using (MqttPeer before = await ReturnAsync(server))
        {
            await before.SubscribeAsync(Topic, qos);
            await before.LeaveAsync();
        }

        await WriteAsync(server, 1, Messages / 2);
        await server.DisposeAsync(); // kill -9
        server = await StartAsync();
        await WriteAsync(server, (Messages / 2) + 1, Messages);

        Reader reader = new(qos);
        await reader.ReadAsync(await ReturnAsync(server), until: Messages / 3);
        await server.DisposeAsync(); // in the middle of it
        server = await StartAsync();
        await reader.ReadAsync(await ReturnAsync(server), until: Messages);
        await server.DisposeAsync();

        Assert.Equal(Messages, reader.Last);
        Assert.Equal(ReceiveMaximum, reader.MostUnderWay);
        Assert.InRange(reader.Duplicates, 0, qos == 1 ? ReceiveMaximum : 0);
    }

    private Task<ServerProcess> StartAsync() => ServerProcess.StartAsync($"--RSocketIm:Data:Directory={data.FullName}", "--Logging:LogLevel:Default=Warning");

    private static Task<MqttPeer> ReturnAsync(ServerProcess server) =>
        MqttPeer.GuestAsync(IPEndPoint.Parse(server.Mqtt), "traveller", clientId: "phone", clean: false, expiry: 86_400, receiveMaximum: ReceiveMaximum);

    private static async Task WriteAsync(ServerProcess server, int first, int last)
    {
        await using MqttPeer writer = await MqttPeer.GuestAsync(IPEndPoint.Parse(server.Mqtt), "writer");
        const int Batch = 2_000;
        for (int start = first; start <= last; start += Batch)
        {
            MqttPacket[] packets = [.. Enumerable.Range(start, Math.Min(Batch, last - start + 1)).Select(i => MqttPeer.Message(Topic, $"{i}", 1, (ushort)(1 + (i % 60_000))))];
            await writer.SendAsync(packets);
            for (int i = 0; i < packets.Length; i++)
            {
                Assert.Equal(ReasonCode.Success, (await writer.ExpectAsync<PubackPacket>()).Code);
            }
        }
    }

    /// <summary>A client as the specification wants it: what it remembers outlives its connections.</summary>
    private sealed class Reader(int qos)
    {
        private readonly HashSet<ushort> received = []; // QoS 2: identifiers that are not released yet

        public int Last { get; private set; }

        public int MostUnderWay { get; private set; }

        public int Duplicates { get; private set; }

        public async Task ReadAsync(MqttPeer peer, int until)
        {
            await using MqttPeer open = peer;
            Assert.True(peer.Connack!.SessionPresent);
            List<ushort> underWay = [];
            List<MqttPacket> answers = [];
            while (Last < until || (until == Messages && underWay.Count > 0))
            {
                if (underWay.Count == ReceiveMaximum || (Last == Messages && underWay.Count > 0))
                {
                    if (Last % 10_000 < ReceiveMaximum)
                    {
                        await peer.ProbeAsync(); // full is full
                    }

                    await AcknowledgeAsync(peer, underWay);
                    underWay.Clear();
                    continue;
                }

                Take(await peer.ExpectAnyAsync(), underWay, answers);
                if (answers.Count > 0)
                {
                    await peer.SendAsync([.. answers]);
                    answers.Clear();
                }
            }
        }

        private async Task AcknowledgeAsync(MqttPeer peer, List<ushort> underWay)
        {
            if (qos == 1)
            {
                await peer.SendAsync([.. underWay.Select(static id => new PubackPacket(id))]);
                return;
            }

            await peer.SendAsync([.. underWay.Select(static id => new PubrecPacket(id))]);
            for (int i = 0; i < underWay.Count; i++)
            {
                received.Remove((await peer.ExpectAsync<PubrelPacket>()).PacketId);
            }

            await peer.SendAsync([.. underWay.Select(static id => new PubcompPacket(id))]);
        }

        private void Take(MqttPacket packet, List<ushort> underWay, List<MqttPacket> answers)
        {
            if (packet is PubrelPacket again)
            {
                received.Remove(again.PacketId);
                answers.Add(new PubcompPacket(again.PacketId));
                return;
            }

            PublishPacket message = Assert.IsType<PublishPacket>(packet);
            Assert.Equal(qos, message.Qos);
            underWay.Add(message.PacketId);
            MostUnderWay = Math.Max(MostUnderWay, underWay.Count);
            Assert.InRange(underWay.Count, 1, ReceiveMaximum);
            if (qos == 2 && !received.Add(message.PacketId))
            {
                Assert.True(message.Duplicate);
                return; // known: it is only acknowledged again
            }

            int number = int.Parse(MqttPeer.TextOf(message), System.Globalization.CultureInfo.InvariantCulture);
            if (number <= Last)
            {
                Assert.True(message.Duplicate, $"Message {number} came after {Last} and is not marked as a duplicate.");
                Duplicates++;
                return;
            }

            Assert.Equal(Last + 1, number);
            Last = number;
        }
    }
}
