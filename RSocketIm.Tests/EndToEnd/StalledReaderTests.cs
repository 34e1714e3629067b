using System.Buffers;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Payloads.Metadata;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Protocol.Streams;
using RSocketIm.Protocol.Transports;
using RSocketIm.Server.Contracts;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.EndToEnd;

/// <summary>What the product exists for: a reader that does not read costs a few bytes, delays nobody, and loses nothing. In one process, so that bytes can be counted.</summary>
[Collection(CountsBytes.Name)]
public sealed class StalledReaderTests : IAsyncLifetime
{
    private const int LiveReaders = 100;
    private const int Messages = 50_000; // in each of the two phases
    private const int InFlight = 512;

    // What a phase adds in any case (idempotency keys, unread index) is about 7 MB. A queue for one stalled reader would hold
    // its frames, or keep the entries alive: 45,000 of more than 500 bytes, over 23 MB.
    private const long Flat = 14 << 20;
    private const int TextBytes = 400;

    // Old entries are read back from the store, as they would be on a server whose memory is small beside its rooms.
    private readonly HostedServer server = new() { Options = ["--RSocketIm:Limits:TailBytes=1048576", "--RSocketIm:Limits:BlockCacheBytes=1048576"] };

    public Task InitializeAsync() => server.InitializeAsync();

    public Task DisposeAsync() => server.DisposeAsync();

    [Fact]
    public async Task StalledReaders_BesideAHundredLiveOnes_StayFlatWhileAHundredThousandMessagesPass_AndThenGetEveryOne()
    {
        await using ChatClient writer = await ChatClient.GuestAsync(server.Tcp, "writer");
        await writer.CreateAsync("busy");
        List<ChatClient> people = [];
        List<CountingReader> live = [];
        for (int i = 0; i < LiveReaders; i++)
        {
            people.Add(await ChatClient.GuestAsync(i % 2 == 0 ? server.Tcp : server.WebSocket, $"live{i}"));
            live.Add(CountingReader.Open(people[i], "busy", int.MaxValue));
        }

        // The same work once without the stalled readers, so that caches and tables have found their size.
        await GrowthAsync(writer, live, 0);
        await using ChatClient silent = await ChatClient.GuestAsync(server.WebSocket, "silent");
        CountingReader noCredit = CountingReader.Open(silent, "busy", credit: 1);
        await using RawPeer deaf = await OpenUnreadAsync();
        long growth = await GrowthAsync(writer, live, Messages);

        Assert.True(growth < Flat, $"Memory grew by {growth} bytes while two readers were stalled.");
        Assert.Equal(1, noCredit.Count);

        noCredit.Grant(int.MaxValue - 1);
        await noCredit.ReachAsync((2 * Messages) + 1);
        await ReadEverythingAsync(deaf, (2 * Messages) + 1);
        foreach (ChatClient person in people)
        {
            await person.DisposeAsync();
        }
    }

    private static async Task<long> GrowthAsync(ChatClient writer, List<CountingReader> live, int sentBefore)
    {
        // A tenth first, so that buffers and tables have found their size.
        await PublishAsync(writer, sentBefore, Messages / 10);
        await Task.WhenAll(live.Select(reader => reader.ReachAsync(sentBefore + (Messages / 10) + 1)));
        long start = CountBytes();
        await PublishAsync(writer, sentBefore + (Messages / 10), Messages - (Messages / 10));
        await Task.WhenAll(live.Select(reader => reader.ReachAsync(sentBefore + Messages + 1)));
        return CountBytes() - start;
    }

    private static long CountBytes()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }

    private static async Task PublishAsync(ChatClient writer, int first, int count)
    {
        int next = first;
        string text = new('x', TextBytes);
        await Task.WhenAll(Enumerable.Range(0, InFlight).Select(async _ =>
        {
            for (int i; (i = Interlocked.Increment(ref next) - 1) < first + count;)
            {
                await writer.SendAsync("busy", $"m{i}", text);
            }
        }));
    }

    // Full credit on a socket that nobody reads.
    private async Task<RawPeer> OpenUnreadAsync()
    {
        Uri address = new(server.Tcp);
        RawPeer peer = new(await TcpTransport.ConnectAsync(address.Host, address.Port));
        ArrayBufferWriter<byte> setup = new();
        SetupFrame.Write(setup, new SetupFrame
        {
            MajorVersion = 1,
            KeepAliveMilliseconds = 3_600_000,
            MaxLifetimeMilliseconds = 7_200_000,
            MetadataMimeType = "message/x.rsocket.composite-metadata.v0",
            DataMimeType = DataMimeTypes.MessagePack,
            HasMetadata = true,
            Metadata = new ReadOnlySequence<byte>(new RequestMetadata().Simple("deaf", "").ToArray()),
        });
        byte[] feed = FeedRequest.Format.ToArray(DataFormat.MessagePack, new FeedRequest { Room = "busy", After = 0 });
        byte[] route = RequestMetadata.ForRoute("rooms.feed");
        ArrayBufferWriter<byte> request = new();
        RequestFrame.Write(request, FrameType.RequestStream, 1, FrameFlags.None, int.MaxValue, true, route, feed);
        await peer.SendAsync(setup.WrittenSpan.ToArray(), request.WrittenSpan.ToArray());
        return peer;
    }

    private static async Task ReadEverythingAsync(RawPeer peer, long entries)
    {
        for (long seq = 1; seq <= entries;)
        {
            ReceivedFrame frame = await peer.ReadAsync() ?? throw new InvalidOperationException($"The connection ended before entry {seq}.");
            if (frame.Type == FrameType.Payload)
            {
                Assert.Equal(seq++, RoomEvent.Format.Read(DataFormat.MessagePack, frame.DataBytes.ToArray()).Seq);
            }
        }
    }

    /// <summary>Counts what comes and keeps none of it, so that the memory counted is the server's.</summary>
    private sealed class CountingReader : IPayloadReceiver
    {
        private readonly Lock sync = new();
        private readonly TaskCompletionSource<RSocketException> failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private InboundStream? stream;
        private TaskCompletionSource? reached;
        private long goal;

        public long Count { get; private set; }

        public static CountingReader Open(ChatClient client, string room, int credit)
        {
            CountingReader reader = new();
            Payload request = client.Encode("rooms.feed", FeedRequest.Format, new FeedRequest { Room = room, After = 0 });
            reader.stream = client.Connection.RequestStream(request, credit, reader);
            return reader;
        }

        public void Grant(int n) => stream!.Request(n);

        public async Task ReachAsync(long entries)
        {
            Task there;
            lock (sync)
            {
                goal = entries;
                reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                there = Count >= goal ? Task.CompletedTask : reached.Task;
            }

            Task first = await Task.WhenAny(there, failed.Task).WaitAsync(TimeSpan.FromMinutes(2));
            Assert.True(first == there, failed.Task.IsCompleted ? $"The feed failed: {failed.Task.Result.Message}" : "");
        }

        public void OnNext(PayloadView payload)
        {
            lock (sync)
            {
                if (++Count == goal)
                {
                    reached?.TrySetResult();
                }
            }
        }

        public void OnComplete() => failed.TrySetResult(new RSocketException(ErrorCode.ApplicationError, "A feed does not complete."));

        public void OnError(RSocketException error) => failed.TrySetResult(error);
    }
}
