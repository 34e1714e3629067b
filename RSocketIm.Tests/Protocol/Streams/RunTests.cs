using System.IO.Pipelines;
using System.Net.WebSockets;
using RSocketIm.Protocol.Connections;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Transports;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Protocol.Streams;

/// <summary>A source that gives runs is held to its credit, its order and the length of its frames as one that gives payloads is.</summary>
public sealed class RunTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(9)]
    public async Task CreditForAPartOfARun_IsExact_AndTheRestComesWithTheNextGrant(int granted)
    {
        var source = new RunSource();
        source.Offer(RunSource.Numbers(0, 10));
        await using Dialogue dialogue = await Serving(source);
        await dialogue.Peer.SendAsync(Build.RequestStream(1, granted));
        await dialogue.Peer.ExpectPayloadsAsync(1, 0, granted);
        await dialogue.Peer.ExpectNothingMoreAsync();
        Assert.Equal([granted], source.Counts);

        await dialogue.Peer.SendAsync(Build.RequestN(1, 100));
        await dialogue.Peer.ExpectPayloadsAsync(1, granted, 10 - granted);
        await dialogue.Peer.ExpectNothingMoreAsync();
        Assert.Equal([granted, 10 - granted], source.Counts);
        Assert.Equal(0, source.Singles);
    }

    [Fact]
    public async Task RunsAndWhatIsLeftOfTheCredit_AddUp()
    {
        var source = new RunSource();
        source.Offer(RunSource.Numbers(0, 10));
        await using Dialogue dialogue = await Serving(source);
        await dialogue.Peer.SendAsync(Build.RequestStream(1, 1));
        await dialogue.Peer.ExpectPayloadsAsync(1, 0, 1);
        await dialogue.Peer.SendAsync(Build.RequestN(1, 3));
        await dialogue.Peer.ExpectPayloadsAsync(1, 1, 3);
        await dialogue.Peer.SendAsync(Build.RequestN(1, 8));
        await dialogue.Peer.ExpectPayloadsAsync(1, 4, 6);
        await dialogue.Peer.ExpectNothingMoreAsync();

        // Twelve were granted and ten are gone.
        source.Offer(RunSource.Numbers(10, 5));
        await dialogue.Peer.ExpectPayloadsAsync(1, 10, 2);
        await dialogue.Peer.ExpectNothingMoreAsync();
        source.Offer("15");
        await dialogue.Peer.ExpectNothingMoreAsync();
        await dialogue.Peer.SendAsync(Build.RequestN(1, 4));
        await dialogue.Peer.ExpectPayloadsAsync(1, 12, 4);
        await dialogue.Peer.ExpectNothingMoreAsync();
        Assert.Equal([1, 3, 6, 2, 3], source.Counts);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(100)]
    public async Task RunsAndSinglePayloads_KeepTheirOrder_AndTheEndComesLast(int granted)
    {
        var source = new RunSource();
        source.Offer("0");
        source.Offer(RunSource.Numbers(1, 4));
        source.Offer("5");
        source.Offer("6");
        source.Offer(RunSource.Numbers(7, 3));
        source.Offer(RunSource.Numbers(10, 2));
        source.Offer("12");
        await using Dialogue dialogue = await Serving(source);
        await dialogue.Peer.SendAsync(Build.RequestStream(1, granted));
        for (int seen = 0; seen < 13; seen += granted)
        {
            await dialogue.Peer.ExpectPayloadsAsync(1, seen, Math.Min(granted, 13 - seen));
            await dialogue.Peer.ExpectNothingMoreAsync();
            await dialogue.Peer.SendAsync(Build.RequestN(1, granted));
        }

        source.CompleteAfterLast();
        await dialogue.Peer.ExpectCompleteAsync(1);
        await dialogue.ExpectNoStreamsAsync();
        Assert.Equal(4, source.Singles);
    }

    [Fact]
    public async Task RunWithAFrameTooLong_IsNotTaken_AndItsPayloadsComeInFragments()
    {
        const int Longest = 128;
        string large = new('x', 123); // a frame of 129 bytes
        string largest = new('y', 122);
        var source = new RunSource();
        source.Offer(RunSource.RunOf("0", large, "2"));
        source.Offer(RunSource.RunOf("3", largest, "5"));
        await using Dialogue dialogue = await Serving(source, new RSocketServerOptions { MaxOutboundFrameLength = Longest });
        await dialogue.Peer.SendAsync(Build.RequestStream(1, 6));
        List<string> received = [];
        string part = "";
        while (received.Count < 6)
        {
            ReceivedFrame frame = await dialogue.Peer.ExpectAsync(FrameType.Payload, 1);
            Assert.InRange(frame.Bytes.Length, 6, Longest);
            part += frame.Data;
            if (!frame.Follows)
            {
                received.Add(part);
                part = "";
            }
        }

        Assert.Equal(["0", large, "2", "3", largest, "5"], received);
        Assert.Equal((3, 3), (source.Singles, source.Counts.Sum()));
    }

    [Fact]
    public async Task RunLongerThanATurn_TakesSeveral_OfAtLeastOnePayloadEach()
    {
        var source = new RunSource();
        source.Offer(RunSource.RunOf(Enumerable.Range(0, 40).Select(i => $"{i}".PadRight(500))));
        await using Dialogue dialogue = await Serving(source, new RSocketServerOptions { StreamQuantumBytes = 64, WriteBatchBytes = 1_024 });
        await dialogue.Peer.SendAsync(Build.RequestStream(1, 100));
        for (int i = 0; i < 40; i++)
        {
            await dialogue.Peer.ExpectPayloadAsync(1, $"{i}".PadRight(500));
        }

        await dialogue.Peer.ExpectNothingMoreAsync();
        Assert.All(source.Counts, count => Assert.InRange(count, 1, 2)); // a batch of 1,024 bytes has room for two
    }

    [Fact]
    public async Task StreamsOfAWebSocket_ShareARun_UnderTheirOwnIds()
    {
        PayloadRun run = RunSource.Numbers(0, 10);
        var source = new RunSource();
        var other = new RunSource();
        source.Offer(run);
        other.Offer(run);
        (IDuplexPipe near, IDuplexPipe far) = DuplexPipes.Create();
        await using ConnectionEnd server = ConnectionEnd.Server(
            new WebSocketServerTransport(far, null, far.Input.CancelPendingRead),
            new ScriptedResponder { OnStream = (request, _) => request.DataText == "one" ? source : other });
        await using var peer = new RawPeer(new WebSocketTransport(
            WebSocket.CreateFromStream(
                new TwoWayStream(near.Input.AsStream(), near.Output.AsStream()), new WebSocketCreationOptions { KeepAliveInterval = TimeSpan.Zero }),
            "raw peer"));
        await peer.SendSetupAsync();
        await peer.SendAsync(Build.RequestStream(1, 4, "one"));
        await peer.ExpectPayloadsAsync(1, 0, 4);
        await peer.SendAsync(Build.RequestStream(int.MaxValue, 10, "other"));
        await peer.ExpectPayloadsAsync(int.MaxValue, 0, 10);
        await peer.ExpectNothingMoreAsync();
        await peer.SendAsync(Build.RequestN(1, 10));
        await peer.ExpectPayloadsAsync(1, 4, 6);
        await peer.ExpectNothingMoreAsync();
        Assert.Equal([4, 6, 10], source.Counts.Concat(other.Counts));
    }

    [Fact]
    public async Task FramesOfARun_AreRetained_AndReplayedAfterACut()
    {
        int frame = Build.Payload(1, "0").Length;
        var source = new RunSource();
        source.Offer(RunSource.Numbers(0, 8));
        await using var world = new ResumeWorld(new ScriptedResponder { OnStream = (_, _) => source });
        RawPeer peer = await world.SetupAsync();
        byte[] request = Build.RequestStream(1, 5, "go");
        await peer.SendAsync(request);
        await peer.ExpectPayloadsAsync(1, 0, 5);
        await world.CutAsync(peer);

        // Two of the five did not arrive: they come again, and nothing is taken of the run for them.
        await using RawPeer back = await world.ResumeAsync(3 * frame, request.Length);
        await back.ExpectPayloadsAsync(1, 3, 2);
        await back.ExpectNothingMoreAsync();
        Assert.Equal([5], source.Counts);
        await back.SendAsync(Build.RequestN(1, 2));
        await back.ExpectPayloadsAsync(1, 5, 2);
        await back.ExpectNothingMoreAsync();
        Assert.Equal([5, 2], source.Counts);
    }

    private static Task<Dialogue> Serving(RunSource source, RSocketServerOptions? options = null) =>
        Dialogue.WithServerAsync(new ScriptedResponder { OnStream = (_, _) => source }, options);
}
