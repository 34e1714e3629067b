using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Streams;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Protocol.Streams;

/// <summary>What a tally counts: credit as it is granted, payloads as they are written, of all streams that share it.</summary>
public sealed class StreamTallyTests
{
    private readonly StreamTally tally = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Tally_OfAStream_HasTheRequestsOwnCreditAndEachGrant_AndWhatWasWritten(bool channel)
    {
        await using Dialogue dialogue = await ServingAsync(() => TestSource.Counting());
        await dialogue.Peer.SendAsync(channel ? Build.RequestChannel(1, 4) : Build.RequestStream(1, 4));
        await dialogue.Peer.ExpectPayloadsAsync(1, 0, 4);
        await dialogue.Peer.ExpectNothingMoreAsync();
        Assert.Equal((4, 4), (tally.Granted, tally.Sent));
        await dialogue.Peer.SendAsync(Build.RequestN(1, 3));
        await dialogue.Peer.ExpectPayloadsAsync(1, 4, 3);
        await dialogue.Peer.ExpectNothingMoreAsync();
        Assert.Equal((7, 7), (tally.Granted, tally.Sent));
    }

    [Fact]
    public async Task Tally_OfASourceWithNothing_HasCreditAndNoPayload()
    {
        TestSource source = new();
        await using Dialogue dialogue = await ServingAsync(() => source);
        await dialogue.Peer.SendAsync(Build.RequestStream(1, 5));
        await dialogue.Peer.ExpectNothingMoreAsync();
        Assert.Equal((5, 0), (tally.Granted, tally.Sent));
        source.Emit("0", "1");
        await dialogue.Peer.ExpectPayloadsAsync(1, 0, 2);
        Assert.Equal((5, 2), (tally.Granted, tally.Sent));
    }

    [Fact]
    public async Task Tally_CountsAPayloadInFragmentsOnce_AndAnEndNot()
    {
        TestSource source = new();
        source.Emit(Payload.FromText(new string('x', 200_000)));
        await using Dialogue dialogue = await ServingAsync(() => source);
        await dialogue.Peer.SendAsync(Build.RequestStream(1, 2));
        while ((await dialogue.Peer.ReadAsync())!.Flags.HasFlag(FrameFlags.Follows))
        {
        }

        Assert.Equal((2, 1), (tally.Granted, tally.Sent));
        source.Complete();
        await dialogue.Peer.ExpectCompleteAsync(1);
        Assert.Equal((2, 1), (tally.Granted, tally.Sent));
    }

    [Fact]
    [Trait("Checklist", "44")]
    public async Task Tally_OfUnboundedCredit_StopsAtTheLargestGrant()
    {
        await using Dialogue dialogue = await ServingAsync(() => new TestSource());
        await dialogue.Peer.SendAsync(Build.RequestStream(1, int.MaxValue - 1), Build.RequestN(1, int.MaxValue), Build.RequestN(1, 7));
        await dialogue.Peer.ExpectNothingMoreAsync();
        Assert.Equal(int.MaxValue, tally.Granted);
    }

    [Fact]
    public async Task Tally_OfManyStreams_IsTheirSum_WhateverBecameOfThem()
    {
        await using Dialogue dialogue = await ServingAsync(() => TestSource.Counting());
        await dialogue.Peer.SendAsync(Build.RequestStream(1, 2), Build.RequestStream(3, 3), Build.RequestStream(5, 1));
        await dialogue.Peer.ReadUntilProbeAsync();
        await dialogue.Peer.SendAsync(Build.Cancel(3), Build.RequestN(3, 10), Build.RequestN(5, 1));
        await dialogue.Peer.ReadUntilProbeAsync();
        Assert.Equal((7, 7), (tally.Granted, tally.Sent));
    }

    private Task<Dialogue> ServingAsync(Func<TestSource> source)
    {
        ScriptedResponder responder = new()
        {
            OnStream = (_, context) => Counted(context),
            OnChannel = (_, _, context) => Counted(context),
        };
        return Dialogue.WithServerAsync(responder);

        TestSource Counted(StreamContext context)
        {
            context.CountInto(tally);
            return source();
        }
    }
}
