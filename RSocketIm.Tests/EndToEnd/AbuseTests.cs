using System.Buffers.Binary;
using System.Net.Sockets;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Gateways.Mqtt.Packets;
using RSocketIm.Tests.TestKit;
using Xunit.Abstractions;

namespace RSocketIm.Tests.EndToEnd;

/// <summary>
/// Signed-in peers that ask for everything and read nothing. Each time the server's memory stays within a bound, in megabytes
/// above what it was, and a client beside them keeps making its round trips. The figures are in docs/abuse.md.
/// </summary>
[Collection(CountsBytes.Name)]
public sealed class AbuseTests(ITestOutputHelper output)
{
    // Round trips of the well-behaved client while the abuse is in full swing.
    private const int Progress = 100;

    private static readonly byte[] Nothing = [];

    [Fact]
    public async Task AThousandFeedsThatAreNeverRead_WithAllTheCreditThereIs()
    {
        const int Readers = 1_000;
        const int Messages = 3_000;
        await using AbusedServer server = await AbusedServer.StartAsync(output);
        await using ChatClient writer = await ChatClient.GuestAsync(server.Tcp, "writer");
        await writer.CreateAsync("busy");
        await server.EndureAsync("1,000 connections that never read, 2^31-1 credits each, 3,000 messages of 1 KB", 128, async () =>
        {
            byte[] feed = FeedRequest.Format.ToArray(DataFormat.MessagePack, new FeedRequest { Room = "busy", After = 0 });
            byte[] request = HostilePeer.Request(FrameType.RequestStream, 1, "rooms.feed", feed, int.MaxValue);
            using Crowd crowd = await Crowd.SignInAsync(server.Tcp, Readers, "deaf");
            await crowd.AllAsync(peer => peer.SendAsync(request));
            string text = new('x', 1_000);
            for (int i = 0; i < Messages; i += 100)
            {
                await Task.WhenAll(Enumerable.Range(i, 100).Select(n => writer.SendAsync("busy", $"m{n}", text)));
            }

            await server.ProgressAsync(Progress);
        });
    }

    [Fact]
    public async Task RequestNFloods()
    {
        await using AbusedServer server = await AbusedServer.StartAsync(output);
        await using ChatClient writer = await ChatClient.GuestAsync(server.Tcp, "writer");
        await writer.CreateAsync("busy");
        byte[] feed = FeedRequest.Format.ToArray(DataFormat.MessagePack, new FeedRequest { Room = "busy", After = 0 });
        byte[] request = HostilePeer.Request(FrameType.RequestStream, 1, "rooms.feed", feed);
        byte[] grants = Block(Build.Prefixed(Build.RequestN(1, int.MaxValue)));
        await server.EndureAsync("REQUEST_N floods: 20 connections, as fast as they are taken", 32, () =>
            FloodAsync(server, 20, peer => peer.SendAsync(request), _ => Enumerable.Repeat(grants, 1_000)));
    }

    [Fact]
    public async Task KeepAliveFloodsThatAreNeverRead()
    {
        byte[] ping = Build.Prefixed(Build.KeepAlive(respond: true, new byte[65_536]));
        await using AbusedServer server = await AbusedServer.StartAsync(output);
        await server.EndureAsync("KEEPALIVE(64 KB, respond) floods that are never read: 50 connections", 96, () =>
            FloodAsync(server, 50, null, _ => Enumerable.Repeat(ping, 100_000)));
    }

    [Fact]
    public async Task TenThousandHalfAssembledPayloads()
    {
        const int PerConnection = 256;
        const int Connections = 40;
        byte[] part = new byte[512];
        await using AbusedServer server = await AbusedServer.StartAsync(output);
        await server.EndureAsync("10,240 half-assembled payloads on 40 connections, and 10,000 on one", 64, async () =>
        {
            using Crowd crowd = await Crowd.SignInAsync(server.Tcp, Connections, "half");
            await crowd.AllAsync(async peer =>
            {
                for (int i = 0; i < PerConnection; i++)
                {
                    await peer.SendAsync(HostilePeer.Request(FrameType.RequestResponse, (2 * i) + 1, "system.echo", part, flags: FrameFlags.Follows));
                }
            });
            using HostilePeer one = await HostilePeer.SignInAsync(server.Tcp, "one");
            int refused = 0;
            Task reading = one.ReadAsync(frame => frame.Type != FrameType.Error || ++refused < 10_000 - PerConnection);
            await one.FloodAsync(
                Enumerable.Range(0, 10_000).Select(i => Build.Prefixed(HostilePeer.Request(FrameType.RequestResponse, (2 * i) + 1, "system.echo", part, flags: FrameFlags.Follows))),
                CancellationToken.None);
            await reading.WaitAsync(ServerProcess.Patience);
            Assert.Equal(10_000 - PerConnection, refused);
            await server.ProgressAsync(Progress);
        });
    }

    [Fact]
    public async Task EndlessFragmentsAndEmptyOnes()
    {
        byte[] start = Build.Prefixed(HostilePeer.Request(FrameType.RequestResponse, 1, "system.echo", Nothing, flags: FrameFlags.Follows));
        byte[] large = Build.Prefixed(Build.Payload(1, new string('x', 65_536), FrameFlags.Next | FrameFlags.Follows));
        byte[] empty = Block(Build.Prefixed(Build.Payload(1, "", FrameFlags.Next | FrameFlags.Follows)));
        await using AbusedServer server = await AbusedServer.StartAsync(output);
        await server.EndureAsync("fragments without end: 20 connections send large ones, 20 empty ones", 96, () =>
            FloodAsync(server, 40, null, number => number % 2 == 0 ? Requests(number) : Enumerable.Repeat(empty, 1_000).Prepend(start)));

        // Large ones start over with every refusal, or they would be frames of an unknown stream from the first on.
        IEnumerable<byte[]> Requests(int number)
        {
            for (int id = 1; ; id += 2)
            {
                yield return Build.Prefixed(HostilePeer.Request(FrameType.RequestResponse, id, "system.echo", Nothing, flags: FrameFlags.Follows));
                byte[] fragment = [.. large];
                fragment[6] = (byte)id;
                fragment[5] = (byte)(id >> 8);
                for (int i = 0; i < 17; i++)
                {
                    yield return fragment;
                }
            }
        }
    }

    [Fact]
    public async Task AHundredThousandPipelinedRequests_UnreadForAWhile_AreAllAnsweredOnceTheyAreRead()
    {
        const int Requests = 100_000;
        byte[] data = new byte[200];
        await using AbusedServer server = await AbusedServer.StartAsync(output);
        await server.EndureAsync("100,000 pipelined requests of 200 bytes, unread, and then read", 48, async () =>
        {
            using HostilePeer peer = await HostilePeer.SignInAsync(server.Tcp, "hasty");
            Task<bool> sending = peer.FloodAsync(
                Enumerable.Range(0, Requests).Select(i => Build.Prefixed(HostilePeer.Request(FrameType.RequestResponse, (2 * i) + 1, "system.echo", data))), CancellationToken.None);
            await server.ProgressAsync(Progress);
            Assert.False(sending.IsCompleted, "The server took everything although nothing was read.");
            HashSet<int> answered = [];
            await peer.ReadAsync(frame => frame.Type != FrameType.Payload || (answered.Add(frame.StreamId) && answered.Count < Requests)).WaitAsync(TimeSpan.FromMinutes(2));
            Assert.True(await sending);
            Assert.Equal(Requests, answered.Count);
        });
    }

    // Nothing is unread and nothing unanswered here, so that no bound is ever met: what is left to the others is a matter of turns.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task FloodsOfRequests_WhoseAnswersAreReadAsFastAsTheyCome(bool overMqtt)
    {
        const int Peers = 8;
        byte[] opening = overMqtt ? MqttPeer.Bytes(MqttPeer.Connect("flood")) : Build.Prefixed(HostilePeer.Setup("flood"));
        byte[] request = overMqtt ? MqttPeer.Bytes(PingreqPacket.Instance) : Build.Prefixed(HostilePeer.Request(FrameType.RequestResponse, 1, "system.echo", new byte[16]));
        await using AbusedServer server = await AbusedServer.StartAsync(output);
        string address = overMqtt ? $"tcp://{server.Mqtt}" : server.Tcp;
        await server.EndureAsync($"{(overMqtt ? "PINGREQ of MQTT" : "requests")} without end, all of them answered and read: {Peers} connections", 64, async () =>
        {
            Socket[] peers = [.. Enumerable.Range(0, Peers).Select(static _ => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))];
            Task all = Task.WhenAll(peers.Select(peer => Task.Run(() => FloodAsync(peer))));
            await server.ProgressAsync(Progress);
            Array.ForEach(peers, static peer => peer.Close(0));
            await all;
        });

        async Task FloodAsync(Socket peer)
        {
            await peer.ConnectAsync(FaultProxy.ParseTarget(address));
            await peer.SendAsync(opening);
            Task reading = FaultDirection.DiscardAsync(peer);
            byte[] block = [.. Enumerable.Repeat(request, 65_536 / request.Length).SelectMany(static one => one)];
            try
            {
                for (int id = 1; ;)
                {
                    for (int at = 0; at < block.Length && !overMqtt; at += request.Length, id += 2)
                    {
                        BinaryPrimitives.WriteInt32BigEndian(block.AsSpan(at + 3), id);
                    }

                    await peer.SendAsync(block);
                }
            }
            catch (Exception over) when (over is SocketException or ObjectDisposedException)
            {
                // Closed at the end of the test.
            }

            await reading;
        }
    }

    [Theory]
    [InlineData(FrameType.Payload)]
    [InlineData(FrameType.RequestN)]
    [InlineData(FrameType.Cancel)]
    public async Task UnknownStreamFloods_AreThrownOut(FrameType type)
    {
        byte[] frame = type switch
        {
            FrameType.Payload => Build.Payload(9, "x"),
            FrameType.RequestN => Build.RequestN(9, 1),
            _ => Build.Cancel(9),
        };
        byte[] block = Block(Build.Prefixed(frame));
        await using AbusedServer server = await AbusedServer.StartAsync(output);
        await server.EndureAsync($"{type} for streams that are not open: 10 connections until they are thrown out", 32, async () =>
        {
            using Crowd crowd = await Crowd.SignInAsync(server.Tcp, 10, "stray");
            Task all = crowd.AllAsync(async peer =>
            {
                await peer.FloodAsync(Endless(block), CancellationToken.None); // a fast machine reads a lot between the ERROR and the end
                await peer.WhenThrownOutAsync();
            });
            await server.ProgressAsync(Progress);
            await all.WaitAsync(TimeSpan.FromMinutes(1));
        });
    }

    // Floods from many connections at once until the well-behaved client has made its progress.
    private static async Task FloodAsync(AbusedServer server, int connections, Func<HostilePeer, Task>? first, Func<int, IEnumerable<byte[]>> blocks)
    {
        using Crowd crowd = await Crowd.SignInAsync(server.Tcp, connections, "flood");
        await crowd.AllAsync(first ?? (static _ => Task.CompletedTask));
        using CancellationTokenSource enough = new();
        int next = 0;
        Task flooding = crowd.AllAsync(peer => peer.FloodAsync(blocks(Interlocked.Increment(ref next) - 1), enough.Token));
        await server.ProgressAsync(Progress);
        await enough.CancelAsync();
        await flooding;
        Assert.All(crowd.Peers, static peer => Assert.True(peer.Sent > 10_000, "A flood did not begin."));
    }

    private static IEnumerable<byte[]> Endless(byte[] block)
    {
        while (true)
        {
            yield return block;
        }
    }

    // One small frame as often as 16 KB take it, so that the flood is the server's work and not ours.
    private static byte[] Block(byte[] frame) => [.. Enumerable.Repeat(frame, 16_384 / frame.Length).SelectMany(static one => one)];
}
