using System.Collections.Concurrent;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Connections;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Streams;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Protocol.Connections.Resumption;

/// <summary>An exchange of some two hundred frames in which all interactions, both roles, fragments, cancellation, errors and credit that is left over have their part, step by step, so that it is the same each time.</summary>
internal sealed class LongExchange
{
    private const int MaxFrameLength = 128;

    private static readonly ConnectionSetup Setup = new() { KeepAliveInterval = TimeSpan.FromHours(1), MaxLifetime = TimeSpan.FromHours(2) };
    private static readonly ReconnectOptions AtOnce = new() { FirstDelay = TimeSpan.FromMilliseconds(1), MaxDelay = TimeSpan.FromMilliseconds(1) };

    private readonly Func<int, CutLink> connect;
    private readonly ConcurrentQueue<string> log = new();
    private readonly TestSource feed = new();
    private readonly TestSource back = new();
    private readonly TestSource forth = new();
    private readonly TaskCompletionSource<InboundStream> incoming = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Recorder heard = new();
    private RSocketConnection? serverSide;

    private LongExchange(Func<int, CutLink> connect) => this.connect = connect;

    /// <summary>The links it took, the first included.</summary>
    public List<CutLink> Links { get; } = [];

    /// <summary>What both sides saw, in order, and where they stood at the end.</summary>
    public string Outcome { get; private set; } = "";

    /// <summary>Runs the exchange.</summary>
    /// <param name="connect">Makes the link of each connection: 0 for the first.</param>
    public static async Task<LongExchange> RunAsync(Func<int, CutLink> connect)
    {
        var exchange = new LongExchange(connect);
        await exchange.RunAsync();
        return exchange;
    }

    private async Task RunAsync()
    {
        var fired = new SemaphoreSlim(0);
        var responder = new ScriptedResponder
        {
            OnFireAndForget = request =>
            {
                log.Enqueue($"fired {request.DataText}");
                fired.Release();
            },
            OnStream = (request, _) => request.DataText switch
            {
                "feed" => feed,
                "fail" => throw new RSocketException(RSocketIm.Protocol.Frames.ErrorCode.ApplicationError, "no"),
                string count => PayloadSources.From(Enumerable.Range(0, int.Parse(count)).Select(i => Payload.FromText($"{i}"))),
            },
            OnChannel = (_, stream, _) =>
            {
                stream.Subscribe(heard);
                stream.Request(30);
                incoming.SetResult(stream);
                return back;
            },
        };
        await using var server = new RSocketServer(
            (_, connection, _) =>
            {
                serverSide = connection;
                return ValueTask.FromResult<RSocketResponder>(responder);
            },
            new RSocketServerOptions { Resume = new ResumeOptions(), MaxOutboundFrameLength = MaxFrameLength });
        await using RSocketClient client = await RSocketClient.ConnectAsync(
            cancellationToken =>
            {
                CutLink link = connect(Links.Count);
                Links.Add(link);
                _ = server.ServeAsync(link.Server);
                return ValueTask.FromResult<RSocketIm.Protocol.Transports.FrameTransport>(link.Client);
            },
            new RSocketClientOptions { Resume = new ResumeOptions(), Reconnect = AtOnce, Setup = Setup, MaxOutboundFrameLength = MaxFrameLength });
        RSocketConnection clientSide = await client.ConnectedAsync().Within();

        // Credit that stays: seven were granted, three are used; more than they are worth is sent at the end.
        var feeding = new Recorder();
        client.RequestStream(Payload.FromText("feed"), 7, feeding);
        feed.Emit("a", "b", "c");
        await feeding.ExpectAsync("a", "b", "c");
        var channel = new Recorder();
        InboundStream both = client.RequestChannel(Payload.FromText("channel"), forth, 20, channel);
        await incoming.Task.Within();

        for (int i = 0; i < 38; i++)
        {
            log.Enqueue((await client.RequestResponseAsync(Payload.FromText($"{i}")).Within()).DataText);
        }

        for (int i = 0; i < 20; i++)
        {
            await client.FireAndForgetAsync(Payload.FromText($"{i}")).Within();
            await fired.WaitAsync().Within();
        }

        string large = string.Concat(Enumerable.Range(0, 80).Select(i => $"{i:000},"));
        log.Enqueue((await client.RequestResponseAsync(new Payload(System.Text.Encoding.UTF8.GetBytes(large))).Within()).DataText);

        var counting = new Recorder();
        InboundStream stream = client.RequestStream(Payload.FromText("24"), 8, counting);
        for (int i = 0; i < 24; i++)
        {
            log.Enqueue(await counting.ToldAsync());
            if (i % 8 == 7 && i < 23)
            {
                stream.Request(8);
            }
        }

        log.Enqueue(await counting.ToldAsync()); // the end
        var failing = new Recorder();
        client.RequestStream(Payload.FromText("fail"), 1, failing);
        log.Enqueue(await failing.ToldAsync());
        var cancelled = new Recorder();
        InboundStream endless = client.RequestStream(Payload.FromText("1000"), 3, cancelled);
        await cancelled.ExpectAsync("0", "1", "2");
        endless.Cancel();
        log.Enqueue((await client.RequestResponseAsync(Payload.FromText("after the cancel")).Within()).DataText);

        for (int i = 0; i < 18; i++)
        {
            forth.Emit($"{i}");
            log.Enqueue($"server heard {await heard.ToldAsync()}");
            back.Emit($"{i}");
            log.Enqueue($"client heard {await channel.ToldAsync()}");
        }

        // Now the credit that is left: 4 on the feed, 2 and 12 on the channel.
        feed.Emit("d", "e", "f", "g", "too many");
        await feeding.ExpectAsync("d", "e", "f", "g");
        back.Emit("18", "19", "too many");
        await channel.ExpectAsync("18", "19");
        forth.Emit([.. Enumerable.Range(18, 13).Select(i => $"{i}")]);
        await heard.ExpectAsync([.. Enumerable.Range(18, 12).Select(i => $"{i}")]);
        for (int i = 0; i < 3; i++)
        {
            log.Enqueue((await client.RequestResponseAsync(Payload.FromText($"round trip {i}")).Within()).DataText);
        }

        feeding.ExpectNothing();
        channel.ExpectNothing();
        heard.ExpectNothing();
        Assert.All([feeding, channel, heard, counting, failing, cancelled], recorder => Assert.Null(recorder.Misuse));
        Assert.All([feed, back, forth], source => Assert.Null(source.Misuse));
        RSocketIm.Protocol.Connections.Resumption.ResumableSession ofClient = clientSide.Core.Session!;
        RSocketIm.Protocol.Connections.Resumption.ResumableSession ofServer = serverSide!.Core.Session!;
        await Guard.Until(() => ofServer.ReceivedPosition == ofClient.Retained.Sent && ofClient.ReceivedPosition == ofServer.Retained.Sent, "both sides agree");
        Outcome = string.Join('\n', log) + $"\nup {ofClient.Retained.Sent}, down {ofServer.Retained.Sent}";
        both.Cancel();
    }
}
