using RSocketIm.Protocol.Connections;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Streams;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Protocol.Streams;

/// <summary>Streams of one connection take turns, and what is not data goes first.</summary>
public sealed class FairnessTests
{
    [Fact]
    [Trait("Checklist", "39")]
    public async Task FatStream_DoesNotStarveAThinOne()
    {
        TestSource fat = TestSource.Counting(size: 1_000);
        TestSource thin = TestSource.Counting(size: 10);
        await using Dialogue dialogue = await Dialogue.WithServerAsync(
            new ScriptedResponder { OnStream = (request, _) => request.DataText == "fat" ? fat : thin });
        await dialogue.Peer.SendAsync(Build.RequestStream(1, int.MaxValue, "fat"));
        await dialogue.Peer.ExpectAsync(FrameType.Payload, 1);
        await dialogue.Peer.SendAsync(Build.RequestStream(3, 1_000, "thin"));

        int between = 0;
        int longest = 0;
        for (int seen = 0; seen < 1_000;)
        {
            ReceivedFrame frame = (await dialogue.Peer.ReadAsync())!;
            if (frame.StreamId == 3)
            {
                longest = seen == 0 ? 0 : Math.Max(longest, between);
                between = 0;
                seen++;
            }
            else
            {
                between += frame.Bytes.Length;
            }
        }

        Assert.InRange(longest, 0, 8_192); // one quantum of 4,096 bytes, and the frame that passes it
    }

    [Fact]
    [Trait("Checklist", "39")]
    public async Task WithinAStream_TheOrderIsKept_WhateverTheOthersDo()
    {
        TestSource[] sources = [.. Enumerable.Range(0, 10).Select(i => TestSource.Counting(size: i * 200))];
        int opened = 0;
        await using Dialogue dialogue = await Dialogue.WithServerAsync(
            new ScriptedResponder { OnStream = (_, _) => sources[opened++] }, new RSocketServerOptions { MaxOutboundFrameLength = 256 });
        await dialogue.Peer.SendAsync([.. Enumerable.Range(0, 10).Select(i => Build.RequestStream((2 * i) + 1, 50))]);
        int[] next = new int[10];
        string[] parts = [.. Enumerable.Repeat("", 10)];
        while (next.Sum() < 500)
        {
            ReceivedFrame frame = (await dialogue.Peer.ReadAsync())!;
            int stream = frame.StreamId / 2;
            parts[stream] += frame.Data;
            if (!frame.Follows)
            {
                Assert.Equal($"{next[stream]++}", parts[stream].TrimEnd());
                parts[stream] = "";
            }
        }
    }

    [Fact]
    [Trait("Checklist", "69")]
    public async Task RequestNAndCancel_WaitForTheEndOfOurFragments()
    {
        // The transport holds one fragment at a time, so that the grant is given in the middle of the payload.
        InboundStream? inbound = null;
        var source = new TestSource();
        await using Dialogue dialogue = await Dialogue.WithServerAsync(
            new ScriptedResponder
            {
                OnChannel = (_, stream, _) =>
                {
                    inbound = stream;
                    stream.Subscribe(new Recorder());
                    return source;
                },
            },
            new RSocketServerOptions { MaxOutboundFrameLength = 1_024, StreamQuantumBytes = 64, WriteBatchBytes = 1_024 },
            bufferBytes: 512);
        await dialogue.Peer.SendAsync(Build.RequestChannel(1, 10));
        source.Emit(new string('x', 20_000));
        Assert.True((await dialogue.Peer.ExpectAsync(FrameType.Payload, 1)).Follows);
        inbound!.Request(7);
        ReceivedFrame fragment;
        do
        {
            fragment = await dialogue.Peer.ExpectAsync(FrameType.Payload, 1);
        }
        while (fragment.Follows);
        await dialogue.Peer.ExpectRequestNAsync(1, 7);

        source.Emit(new string('y', 20_000));
        Assert.True((await dialogue.Peer.ExpectAsync(FrameType.Payload, 1)).Follows);
        inbound.Cancel();
        do
        {
            fragment = await dialogue.Peer.ExpectAsync(FrameType.Payload, 1);
        }
        while (fragment.Follows);
        await dialogue.Peer.ExpectCancelAsync(1);
    }

    [Fact]
    [Trait("Checklist", "27")]
    public async Task GrantsAndCancels_GoBeforeData()
    {
        InboundStream? inbound = null;
        await using Dialogue dialogue = await Dialogue.WithServerAsync(new ScriptedResponder
        {
            OnStream = (_, _) => TestSource.Counting(size: 1_000),
            OnChannel = (_, stream, _) =>
            {
                inbound = stream;
                stream.Subscribe(new Recorder());
                return new TestSource();
            },
        });
        await dialogue.Peer.SendAsync(Build.RequestChannel(3, 1));
        await dialogue.Peer.ExpectNothingMoreAsync();
        await dialogue.Peer.SendAsync(Build.RequestStream(1, int.MaxValue));
        await dialogue.Peer.ExpectAsync(FrameType.Payload, 1);
        inbound!.Request(5);
        long ahead = 0;
        ReceivedFrame frame;
        while ((frame = (await dialogue.Peer.ReadAsync())!).Type == FrameType.Payload)
        {
            ahead += frame.Bytes.Length;
        }

        Assert.Equal((FrameType.RequestN, 3, 5), (frame.Type, frame.StreamId, frame.Number));
        Assert.InRange(ahead, 0, 256 * 1024);
    }

    [Fact]
    public async Task StreamAloneInLine_TakesTheWholeBatch()
    {
        var source = new RunSource();
        source.Offer(RunSource.RunOf(Enumerable.Range(0, 200).Select(i => $"{i}".PadRight(100))));
        await using Dialogue dialogue = await Dialogue.WithServerAsync(new ScriptedResponder { OnStream = (_, _) => source });
        await dialogue.Peer.SendAsync(Build.RequestStream(1, 1_000));
        for (int i = 0; i < 200; i++)
        {
            await dialogue.Peer.ExpectPayloadAsync(1, $"{i}".PadRight(100));
        }

        Assert.Equal([200], source.Counts); // 21,600 bytes: more than a quantum, less than a batch
    }

    [Fact]
    public async Task TwoStreamsOfRuns_TakeTurnsOfAQuantum()
    {
        const int Each = 1_000; // more than the batch that the first may have to itself before the second is there
        RunSource[] sources = [new(), new()];
        int opened = 0;
        foreach (RunSource source in sources)
        {
            source.Offer(RunSource.RunOf(Enumerable.Range(0, Each).Select(i => $"{i}".PadRight(100))));
        }

        await using Dialogue dialogue = await Dialogue.WithServerAsync(new ScriptedResponder { OnStream = (_, _) => sources[opened++] });
        await dialogue.Peer.SendAsync(Build.RequestStream(1, Each), Build.RequestStream(3, Each));
        int[] seen = new int[2];
        int inARow = 0;
        int longest = 0;
        int last = 0;
        while (seen.Sum() < 2 * Each)
        {
            ReceivedFrame frame = (await dialogue.Peer.ReadAsync())!;
            int stream = frame.StreamId / 2;
            Assert.Equal($"{seen[stream]++}", frame.Data.TrimEnd());
            bool bothInLine = seen.Min() > 0 && seen.Max() < Each;
            inARow = frame.StreamId == last && bothInLine ? inARow + frame.Bytes.Length : frame.Bytes.Length;
            last = frame.StreamId;
            longest = bothInLine ? Math.Max(longest, inARow) : longest;
        }

        Assert.InRange(longest, 1, 4_096);
    }

    [Fact]
    public async Task StreamOfAResumableSession_TakesTurnsOfAQuantum_AlsoAlone()
    {
        var source = new RunSource();
        source.Offer(RunSource.RunOf(Enumerable.Range(0, 200).Select(i => $"{i}".PadRight(100))));
        await using var world = new ResumeWorld(new ScriptedResponder { OnStream = (_, _) => source });
        await using RawPeer peer = await world.SetupAsync();
        await peer.SendAsync(Build.RequestStream(1, 1_000));
        for (int i = 0; i < 200; i++)
        {
            await peer.ExpectPayloadAsync(1, $"{i}".PadRight(100));
        }

        Assert.All(source.Taken, slice => Assert.InRange(slice.Run.LengthOf(slice.First, slice.Count), 1, 4_096));
    }
}
