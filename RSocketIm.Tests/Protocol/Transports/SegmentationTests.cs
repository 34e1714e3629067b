using System.IO.Pipelines;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Connections;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Streams;
using RSocketIm.Protocol.Transports;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Protocol.Transports;

/// <summary>The library against itself, with the bytes between cut wherever bytes can be cut.</summary>
[Trait("Checklist", "90")]
[Trait("Checklist", "E37")]
public sealed class SegmentationTests
{
    [Fact]
    public async Task OneByteAtATime_InBothDirections_ChangesNothing()
    {
        await using Pair pair = Pair.Start(cuts: null);
        await ExchangeAsync(pair.Client.Requester);
        await ExchangeAsync(pair.Server.Requester);
    }

    [Fact]
    public async Task OneCut_AtEveryPosition_ChangesNothing()
    {
        // The exchange is some 1,300 bytes towards the server; a cut behind its end changes nothing and is where this stops.
        for (int cut = 1; cut < 1_400; cut++)
        {
            await using Pair pair = Pair.Start(cut);
            await ExchangeAsync(pair.Client.Requester);
        }
    }

    [Fact]
    public async Task SmallestFragments_AndEveryInitialN_ChangeNothing()
    {
        for (int n = 1; n < 20; n++)
        {
            await using Pair pair = Pair.Start(cuts: [n * 7, n * 50], maxFrame: 128);
            await ExchangeAsync(pair.Client.Requester, n);
            await ExchangeAsync(pair.Server.Requester, n);
        }
    }

    private static async Task ExchangeAsync(RSocketRequester requester, int prefetch = 3)
    {
        var refill = new RefillPolicy { Prefetch = prefetch };
        var payload = new Payload(Build.Text(new string('d', 300)), Build.Text(new string('m', 30)));
        Payload echo = await requester.RequestResponseAsync(payload).Within();
        Assert.True(echo.Data.Span.SequenceEqual(payload.Data.Span) && echo.Metadata.Span.SequenceEqual(payload.Metadata.Span));
        await requester.FireAndForgetAsync(payload).Within();
        int next = 0;
        await foreach (Payload one in requester.RequestStreamAsync(Payload.FromText("10"), refill))
        {
            Assert.Equal($"{next++}", one.DataText);
        }

        Assert.Equal(10, next);
        next = 0;
        await foreach (Payload one in requester.RequestChannelAsync(Payload.FromText("0"), Numbers(), refill))
        {
            Assert.Equal($"{next++}", one.DataText);
        }

        Assert.Equal(10, next);
    }

    private static async IAsyncEnumerable<Payload> Numbers()
    {
        for (int i = 0; i < 10; i++)
        {
            await Task.Yield();
            yield return Payload.FromText($"{i}");
        }
    }

    private sealed class Pair : IAsyncDisposable
    {
        public required ConnectionEnd Client { get; init; }

        public required ConnectionEnd Server { get; init; }

        public static Pair Start(params int[]? cuts) => Start(cuts, 65_536);

        public static Pair Start(int[]? cuts, int maxFrame)
        {
            (IDuplexPipe left, IDuplexPipe right) = DuplexPipes.Create();
            return new Pair
            {
                Server = ConnectionEnd.Server(Chop(right, cuts), Responder(), new RSocketServerOptions { MaxOutboundFrameLength = maxFrame }),
                Client = ConnectionEnd.Client(Chop(left, cuts), Responder(), new RSocketClientOptions { MaxOutboundFrameLength = maxFrame }),
            };
        }

        public async ValueTask DisposeAsync()
        {
            await Client.DisposeAsync();
            await Server.DisposeAsync();
        }

        private static PipeTransport Chop(IDuplexPipe pipe, int[]? cuts) =>
            new(new Duplex(PipeReader.Create(new ChoppingStream(pipe.Input.AsStream(), cuts)), pipe.Output), "chopped");

        private static ScriptedResponder Responder() => new()
        {
            OnStream = (request, _) => PayloadSources.From(Enumerable.Range(0, int.Parse(request.DataText)).Select(i => Payload.FromText($"{i}"))),
            OnChannel = (_, incoming, _) => PayloadSources.From(incoming.ReadAllAsync(new RefillPolicy { Prefetch = 2 })),
        };

        private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
    }
}
