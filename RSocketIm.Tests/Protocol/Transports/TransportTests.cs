using System.Security.Cryptography;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Connections;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Streams;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Protocol.Transports;

/// <summary>What every transport must carry. Each transport inherits the suite and says only how two ends meet.</summary>
[Trait("Checklist", "88")]
public abstract class TransportTests : IAsyncLifetime
{
    private protected abstract ValueTask<TransportPair> ConnectAsync();

    public virtual Task InitializeAsync() => Task.CompletedTask;

    public virtual Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task AllInteractions_InBothDirections()
    {
        await using Ends ends = await StartAsync();
        foreach (RSocketRequester requester in new[] { ends.Client.Requester, ends.Server.Requester })
        {
            Assert.Equal("hello", (await requester.RequestResponseAsync(Payload.FromText("hello")).Within()).DataText);
            Assert.Equal(1_000, await CountAsync(requester.RequestStreamAsync(Payload.FromText("1000"))));
            Assert.Equal(500, await CountAsync(requester.RequestChannelAsync(Payload.FromText("0"), Numbers(500))));
            await requester.FireAndForgetAsync(Payload.FromText("fnf")).Within();
            await requester.MetadataPushAsync(Build.Text("push")).Within();
            await requester.RequestResponseAsync(Payload.Empty).Within();
        }

        Assert.Equal(["fnf", "push"], ends.ServerSide.Heard);
        Assert.Equal(["fnf", "push"], ends.ClientSide.Heard);
    }

    [Fact]
    [Trait("Checklist", "3")]
    public async Task LargestFrame_PassesWhole()
    {
        await using Ends ends = await StartAsync(new RSocketServerOptions { MaxOutboundFrameLength = Frame.MaxLength });
        byte[] data = RandomNumberGenerator.GetBytes(Frame.MaxLength - Frame.HeaderLength);
        Payload echo = await ends.Client.Requester.RequestResponseAsync(new Payload(data)).AsTask().WaitAsync(TimeSpan.FromSeconds(30));
        Assert.True(echo.Data.Span.SequenceEqual(data));
    }

    [Fact]
    [Trait("Checklist", "68")]
    public async Task LongPayloads_PassInFragments_AndInterleave()
    {
        await using Ends ends = await StartAsync(new RSocketServerOptions { MaxOutboundFrameLength = 1_024 });
        byte[][] data = [.. Enumerable.Range(0, 10).Select(i => RandomNumberGenerator.GetBytes(50_000 + i))];
        Payload[] echoes = await Task.WhenAll(data.Select(one => ends.Client.Requester.RequestResponseAsync(new Payload(one, one.AsMemory(0, 100))).AsTask())).Within();
        for (int i = 0; i < data.Length; i++)
        {
            Assert.True(echoes[i].Data.Span.SequenceEqual(data[i]) && echoes[i].Metadata.Span.SequenceEqual(data[i].AsSpan(0, 100)));
        }
    }

    [Fact]
    [Trait("Checklist", "39")]
    public async Task ManyStreams_Interleave_EachInOrder()
    {
        await using Ends ends = await StartAsync();
        int[] counts = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => CountAsync(ends.Client.Requester.RequestStreamAsync(
            Payload.FromText("400"), new RefillPolicy { Prefetch = 1 + i })))).Within();
        Assert.All(counts, count => Assert.Equal(400, count));
        await ends.ExpectNoStreamsAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Checklist", "62")]
    public async Task Close_FromEitherSide_IsInOrder(bool byClient)
    {
        await using Ends ends = await StartAsync();
        await ends.Client.Requester.RequestResponseAsync(Payload.Empty).Within();
        await (byClient ? ends.Client : ends.Server).Connection.CloseAsync().Within();
        await ends.Client.Closed.Within();
        await ends.Server.Closed.Within();
        Assert.Null(ends.Client.Connection.CloseReason);
        Assert.Null(ends.Server.Connection.CloseReason);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task TransportThatIsDropped_EndsBothSides_AndTheirStreams(bool byClient)
    {
        await using Ends ends = await StartAsync();
        var receiver = new Recorder();
        ends.Client.Requester.RequestStream(Payload.FromText("endless"), 1, receiver);
        await receiver.ExpectAsync("0");
        (byClient ? ends.Client : ends.Server).Core.Transport.Abort();
        await ends.Client.Closed.Within();
        await ends.Server.Closed.Within();
        await receiver.Ended.Within();
        Assert.Equal(0, ends.Client.OpenStreams + ends.Server.OpenStreams);
    }

    [Fact]
    [Trait("Checklist", "17")]
    [Trait("Checklist", "E6")]
    public async Task RefusalOfTheSetup_ArrivesBeforeTheClose_HoweverMuchWasPipelined()
    {
        TransportPair pair = await ConnectAsync();
        await using var client = new RawPeer(pair.Client);
        await using ConnectionEnd server = ConnectionEnd.Server(pair.Server, (_, _, _) => throw new RSocketException(ErrorCode.RejectedSetup, "no entry"));
        await client.SendAsync([Build.Setup(), .. Enumerable.Range(0, 100).Select(i => Build.RequestResponse((2 * i) + 1, new string('x', 500)))]);
        Assert.Equal("no entry", (await client.ExpectErrorAsync(0, ErrorCode.RejectedSetup)).Data);
        await client.ExpectCloseAsync();
        await server.Closed.Within();
        await pair.ServerGone.Within();
    }

    [Fact]
    public async Task EndOfOneDirection_LeavesTheOtherReadable()
    {
        TransportPair pair = await ConnectAsync();
        await using var client = new RawPeer(pair.Client);
        await using var server = new RawPeer(pair.Server);
        await client.CloseAsync();
        Assert.Null(await server.ReadAsync());
        await server.SendAsync(Build.Payload(1, "still"));
        await client.ExpectPayloadAsync(1, "still");
        await server.CloseAsync();
        Assert.Null(await client.ReadAsync());
    }

    [Fact]
    [Trait("Checklist", "90")]
    [Trait("Checklist", "E37")]
    public async Task FiveHundredFramesInOneFlush_ComeOutOneByOne()
    {
        await using Ends ends = await StartAsync(start: false);
        await ends.Raw!.SendAsync([Build.Setup(), .. Enumerable.Range(0, 500).Select(i => Build.RequestResponse((2 * i) + 1, $"{i}"))]);
        for (int i = 0; i < 500; i++)
        {
            await ends.Raw.ExpectPayloadAsync((2 * i) + 1, $"{i}", Build.N | Build.C);
        }
    }

    [Fact]
    public async Task PeerThatDoesNotRead_PausesTheProducer_AndGetsEverythingLater()
    {
        TestSource source = TestSource.Counting(size: 10_000);
        await using Ends ends = await StartAsync(start: false, responder: new ScriptedResponder { OnStream = (_, _) => source });
        await ends.Raw!.SendAsync(Build.Setup(), Build.RequestStream(1, 10_000));
        await ends.Raw.SendAsync(Build.MetadataPush("mark"));
        await Guard.Until(() => !ends.ServerSide.Heard.IsEmpty, "the request was read");
        Assert.InRange(source.Pulls, 0, 9_000); // the kernel's buffers hold megabytes, not 100
        for (int i = 0; i < 10_000; i++)
        {
            Assert.Equal($"{i}", (await ends.Raw.ExpectAsync(FrameType.Payload, 1)).Data.TrimEnd());
        }
    }

    private async Task<Ends> StartAsync(RSocketServerOptions? options = null, bool start = true, ScriptedResponder? responder = null)
    {
        TransportPair pair = await ConnectAsync();
        ScriptedResponder serverSide = responder ?? Echo();
        ScriptedResponder clientSide = Echo();
        int length = options?.MaxOutboundFrameLength ?? 65_536;
        TimeSpan linger = TimeSpan.FromMinutes(1); // other tests have the processors sometimes, and a close that takes longer is none in order
        ConnectionEnd server = ConnectionEnd.Server(pair.Server, serverSide, options ?? new RSocketServerOptions { LingerTimeout = linger });
        return new Ends
        {
            Server = server,
            ServerSide = serverSide,
            ClientSide = clientSide,
            Client = start ? ConnectionEnd.Client(pair.Client, clientSide, new RSocketClientOptions { MaxOutboundFrameLength = length, LingerTimeout = linger }) : server,
            Raw = start ? null : new RawPeer(pair.Client),
            Pair = pair,
        };
    }

    private static ScriptedResponder Echo() => new()
    {
        OnStream = (request, _) => request.DataText == "endless"
            ? TestSource.Counting()
            : PayloadSources.From(Enumerable.Range(0, int.Parse(request.DataText)).Select(i => Payload.FromText($"{i}"))),
        OnChannel = (_, incoming, _) => PayloadSources.From(incoming.ReadAllAsync()),
    };

    private static async IAsyncEnumerable<Payload> Numbers(int count)
    {
        for (int i = 0; i < count; i++)
        {
            if (i % 50 == 0)
            {
                await Task.Yield();
            }

            yield return Payload.FromText($"{i}");
        }
    }

    private static async Task<int> CountAsync(IAsyncEnumerable<Payload> payloads)
    {
        int next = 0;
        await foreach (Payload payload in payloads)
        {
            Assert.Equal($"{next++}", payload.DataText);
        }

        return next;
    }

    private sealed class Ends : IAsyncDisposable
    {
        public required ConnectionEnd Server { get; init; }

        public required ConnectionEnd Client { get; init; }

        public required ScriptedResponder ServerSide { get; init; }

        public required ScriptedResponder ClientSide { get; init; }

        public required RawPeer? Raw { get; init; }

        public required TransportPair Pair { get; init; }

        public async Task ExpectNoStreamsAsync()
        {
            await Client.Requester.RequestResponseAsync(Payload.Empty).Within();
            await Guard.Until(() => Client.OpenStreams + Server.OpenStreams == 0, "every stream was over");
        }

        public async ValueTask DisposeAsync()
        {
            await Client.DisposeAsync();
            await Server.DisposeAsync();
            if (Raw is not null)
            {
                await Raw.DisposeAsync();
            }

            await Pair.ServerGone.Within();
        }
    }
}
