using RSocketIm.Protocol.Connections;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Protocol.Connections.Resumption;

/// <summary>What a resumable session may cost, and what happens when it would cost more.</summary>
public sealed class ResumeBoundsTests
{
    private const int Bound = 4_096;

    [Fact]
    [Trait("Checklist", "76")]
    public async Task SessionThatNobodyResumes_EndsWhenItsTimeIsOver()
    {
        var time = new FakeTimeProvider();
        var source = new TestSource();
        await using var world = new ResumeWorld(new ScriptedResponder { OnStream = (_, _) => source }, new ResumeOptions { SessionDuration = TimeSpan.FromMinutes(1) }, time);
        RawPeer peer = await world.SetupAsync();
        await peer.SendAsync(Build.RequestStream(1, 5, "go"));
        source.Emit("0");
        await peer.ExpectPayloadAsync(1, "0");
        await world.CutAsync(peer);
        Assert.NotEqual(0, world.Statistics.RetainedBytes);

        time.Advance(TimeSpan.FromSeconds(59));
        Assert.False(source.Released.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1));
        await source.Released.Within();
        await world.Responder.Closed.Within();
        Assert.Equal((0, 0L, 1L), (world.Statistics.Detached, world.Statistics.RetainedBytes, world.Statistics.Expired));
        await world.ExpectRefusedAsync(Build.Resume(token: ResumeWorld.Token));
    }

    [Fact]
    [Trait("Checklist", "76")]
    public async Task TheTimeOfASession_StartsAnewWithEachCut()
    {
        var time = new FakeTimeProvider();
        await using var world = new ResumeWorld(resume: new ResumeOptions { SessionDuration = TimeSpan.FromMinutes(1) }, time: time);
        RawPeer peer = await world.SetupAsync();
        for (int i = 0; i < 3; i++)
        {
            await world.CutAsync(peer);
            time.Advance(TimeSpan.FromSeconds(59));
            peer = await world.ResumeAsync(0, 0);
        }

        time.Advance(TimeSpan.FromMinutes(2)); // attached, it has no end
        await peer.ExpectNothingMoreAsync();
        await peer.DisposeAsync();
    }

    [Fact]
    public async Task Stream_WaitsAtTheBound_AndThePeerIsAskedBefore()
    {
        await using var world = new ResumeWorld(
            new ScriptedResponder { OnStream = (_, _) => TestSource.Counting(100) }, new ResumeOptions { MaxSessionBytes = Bound });
        await using RawPeer peer = await world.SetupAsync();
        await peer.SendAsync(Build.RequestStream(1, int.MaxValue, "go"));
        long received = 0;
        int rounds = 0;
        for (int elements = 0; elements < 1_000;)
        {
            ReceivedFrame frame = await peer.ReadAsync() ?? throw new InvalidOperationException("The connection ended.");
            if (frame.Type == FrameType.KeepAlive)
            {
                // By then half of the bound is out, and with what is on its way not much more than all of it.
                rounds++;
                await peer.SendAsync(Build.KeepAlive(respond: false, frame.DataBytes.ToArray(), position: received));
                continue;
            }

            received += frame.Bytes.Length;
            elements++;
        }

        Assert.InRange(rounds, (int)(received / Bound) - 1, (int)(2 * received / Bound) + 2);
        Assert.Equal(0, world.Statistics.Lost);
        Assert.InRange(world.Statistics.RetainedBytes, 0, 4 * Bound);
    }

    [Fact]
    public async Task PeerThatDoesNotAnswer_IsSentNotMuchMoreThanTheBound_AndThenGoesOn()
    {
        TestSource source = TestSource.Counting(100);
        await using var world = new ResumeWorld(new ScriptedResponder { OnStream = (_, _) => source }, new ResumeOptions { MaxSessionBytes = Bound });
        await using RawPeer peer = await world.SetupAsync();
        await peer.SendAsync(Build.RequestStream(1, int.MaxValue, "go"));
        await Guard.Until(() => source.Pulls >= Bound / 106, "the bound is reached");
        List<ReceivedFrame> frames = await peer.ReadUntilProbeAsync();
        frames.AddRange(await peer.ReadUntilProbeAsync());
        long sent = frames.Where(frame => frame.StreamId != 0).Sum(frame => frame.Bytes.Length);
        Assert.InRange(sent, Bound, (2 * Bound) + 106);

        // The peer's own KEEPALIVE does as well as an answer.
        await peer.SendAsync(Build.KeepAlive(respond: false, position: sent));
        int seen = frames.Count(frame => frame.StreamId != 0);
        Assert.Equal(seen.ToString().PadRight(100), await NextDataAsync(peer));
    }

    [Fact]
    public async Task Answers_GoBeyondTheBound_AndNothingStandsStill()
    {
        await using var world = new ResumeWorld(
            new ScriptedResponder { OnStream = (_, _) => TestSource.Counting(100) }, new ResumeOptions { MaxSessionBytes = 65_536 });
        await using RawPeer peer = await world.SetupAsync();
        await peer.SendAsync(Build.RequestStream(1, int.MaxValue, "go"));
        for (int sent = 0; sent < 65_536;)
        {
            ReceivedFrame frame = (await peer.ReadAsync())!;
            sent += frame.StreamId == 0 ? 0 : frame.Bytes.Length; // the questions are left unanswered: the stream stands still
        }

        string text = new('x', 1_000);
        for (int id = 3; id < 43; id += 2)
        {
            await peer.SendAsync(Build.RequestResponse(id, text));
            ReceivedFrame frame;
            do
            {
                frame = (await peer.ReadAsync())!;
            }
            while (frame.StreamId <= 1);

            Assert.Equal((id, text), (frame.StreamId, frame.Data));
        }

        Assert.Equal(0, world.Statistics.Lost);
    }

    [Fact]
    public async Task MoreThanTheHardBound_CostsTheResumability_NotTheConnection()
    {
        await using var world = new ResumeWorld(
            new ScriptedResponder { OnRequest = (_, _) => ValueTask.FromResult(new Payload(new byte[60_000])) }, new ResumeOptions { MaxSessionBytes = 1_024 });
        await using RawPeer peer = await world.SetupAsync();
        for (int id = 1; id < 21; id += 2)
        {
            await peer.SendAsync(Build.RequestResponse(id, "?"));
            ReceivedFrame frame;
            do
            {
                frame = (await peer.ReadAsync())!;
            }
            while (frame.StreamId == 0);

            Assert.Equal(60_000, frame.DataBytes.Length);
        }

        Assert.Equal((1L, 0L), (world.Statistics.Lost, world.Statistics.RetainedBytes));
        await world.ExpectRefusedAsync(Build.Resume(token: ResumeWorld.Token));
        await peer.SendAsync(Build.RequestFnf(21, "alive"));
        await Guard.Until(() => world.Responder.Heard.Count == 1, "the connection goes on");
        await peer.DisposeAsync();
        await world.Responder.Closed.Within(); // and ends with its transport
    }

    [Fact]
    public async Task PeerThatDoesNotCount_LosesItsResumability_AndIsServed()
    {
        await using var world = new ResumeWorld(
            new ScriptedResponder { OnStream = (_, _) => TestSource.Counting(100) }, new ResumeOptions { MaxSessionBytes = Bound });
        await using RawPeer peer = await world.SetupAsync();
        await peer.SendAsync(Build.RequestStream(1, 1_000, "go"));
        for (int elements = 0; elements < 1_000;)
        {
            ReceivedFrame frame = (await peer.ReadAsync())!;
            if (frame.Type == FrameType.KeepAlive)
            {
                // An answer with position 0, whatever has come: otherwise it would wait for an acknowledgement for ever.
                await Guard.Until(() => world.Statistics.Lost == 1 || world.Statistics.RetainedBytes >= Bound, "the stream waits");
                await peer.SendAsync(Build.KeepAlive(respond: false, frame.DataBytes.ToArray()));
            }
            else
            {
                elements++;
            }
        }

        Assert.Equal(1, world.Statistics.Lost);
    }

    [Theory]
    [InlineData(7)]
    [InlineData(1_000_000)]
    public async Task PositionThatCannotBe_CostsTheResumability(long position)
    {
        await using var world = new ResumeWorld();
        await using RawPeer peer = await world.SetupAsync();
        await peer.SendAsync(Build.RequestResponse(1, "hello"));
        await peer.ExpectPayloadAsync(1, "hello", FrameFlags.Next | FrameFlags.Complete);
        await peer.SendAsync(Build.KeepAlive(respond: false, position: position));
        await peer.ExpectNothingMoreAsync();
        Assert.Equal((1L, 0L), (world.Statistics.Lost, world.Statistics.RetainedBytes));
    }

    [Fact]
    public async Task TooManyDetachedSessions_EndTheOldest()
    {
        await using var world = new ResumeWorld(resume: new ResumeOptions { MaxDetachedSessions = 2 });
        byte[][] tokens = [[1], [2], [3]];
        foreach (byte[] token in tokens)
        {
            RawPeer peer = await world.SetupAsync(token);
            await peer.ExpectNothingMoreAsync();
            await peer.DisposeAsync();
            await Guard.Until(() => world.Serves[^1].IsCompleted && world.Statistics.Detached == Math.Min((int)token[0], 2), "the session is detached");
        }

        await Guard.Until(() => world.Statistics.Evicted == 1, "the oldest ended");
        await world.ExpectRefusedAsync(Build.Resume(token: tokens[0]));
        await (await world.ResumeAsync(0, 0, token: tokens[1])).DisposeAsync();
        await (await world.ResumeAsync(0, 0, token: tokens[2])).DisposeAsync();
    }

    [Fact]
    public async Task MemoryOfAllSessions_IsBounded_DetachedOnesGoFirst()
    {
        await using var world = new ResumeWorld(resume: new ResumeOptions { MaxTotalBytes = 40_000 });
        string text = new('x', 5_000);
        var peers = new List<RawPeer>();
        for (byte token = 1; token <= 3; token++)
        {
            RawPeer peer = await world.SetupAsync([token]);
            await peer.SendAsync(Build.RequestResponse(1, text));
            await peer.ExpectPayloadAsync(1, text, FrameFlags.Next | FrameFlags.Complete);
            peers.Add(peer);
        }

        await world.CutAsync(peers[0]);
        await world.CutAsync(peers[1]);

        // The third needs more: the first goes, then the second, then its own.
        for (int id = 3; world.Statistics.Lost == 0; id += 2)
        {
            Assert.True(id < 100, "The bound was never met.");
            await peers[2].SendAsync(Build.RequestResponse(id, text));
            await peers[2].ExpectPayloadAsync(id, text, FrameFlags.Next | FrameFlags.Complete);
            Assert.InRange(world.Statistics.RetainedBytes, 0, 40_000);
        }

        await Guard.Until(() => world.Statistics.Evicted == 2, "both detached sessions ended");
        Assert.Equal((0, 0L), (world.Statistics.Detached, world.Statistics.RetainedBytes));
        await peers[2].SendAsync(Build.RequestResponse(1_001, "alive"));
        await peers[2].ExpectPayloadAsync(1_001, "alive", FrameFlags.Next | FrameFlags.Complete);
        await peers[2].DisposeAsync();
    }

    private static async Task<string> NextDataAsync(RawPeer peer)
    {
        while (true)
        {
            ReceivedFrame frame = (await peer.ReadAsync())!;
            if (frame.StreamId != 0)
            {
                return frame.Data;
            }
        }
    }
}
