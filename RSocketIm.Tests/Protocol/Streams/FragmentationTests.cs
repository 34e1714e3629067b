using RSocketIm.Protocol.Connections;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Protocol.Streams;

/// <summary>Payloads in pieces: put together whatever the pieces look like, bounded whatever the peer does.</summary>
public sealed class FragmentationTests
{
    [Fact]
    [Trait("Checklist", "68")]
    public async Task HalfSentPayload_OfAPeerThatFallsSilent_IsGivenUpWhenItIsTooOld()
    {
        FakeTimeProvider time = new();
        await using Dialogue dialogue = await Dialogue.WithServerAsync(options: new RSocketServerOptions { TimeProvider = time });
        await dialogue.Peer.SendAsync(Build.RequestResponse(1, "half", flags: Build.F));
        await dialogue.Peer.ExpectNothingMoreAsync();
        time.Advance(ReassemblyOptions.Default.MaxAge * 2); // looked at once in that time; nothing is sent that would have the read loop look
        await dialogue.Peer.ExpectErrorAsync(1, ErrorCode.Canceled);
        await dialogue.ExpectAliveAsync(3);
    }

    [Fact]
    [Trait("Checklist", "63")]
    [Trait("Checklist", "64")]
    [Trait("Checklist", "66")]
    [Trait("Checklist", "69")]
    public async Task LongPayload_GoesOutInFullFragments_MetadataFirst()
    {
        await using Dialogue dialogue = await Dialogue.WithServerAsync(options: new RSocketServerOptions { MaxOutboundFrameLength = 128 });
        string metadata = new('m', 200);
        string data = new('d', 300);
        await dialogue.Peer.SendAsync(Build.RequestResponse(1, data, metadata));
        var frames = new List<ReceivedFrame>();
        do
        {
            frames.Add(await dialogue.Peer.ExpectAsync(FrameType.Payload, 1));
        }
        while (frames[^1].Follows);

        Assert.Equal((metadata, data), (string.Concat(frames.Select(frame => frame.Metadata)), string.Concat(frames.Select(frame => frame.Data))));
        Assert.All(frames, frame => Assert.True(frame.Next));
        Assert.All(frames.SkipLast(1), frame => Assert.Equal((128, false), (frame.Bytes.Length, frame.Complete)));
        Assert.True(frames[^1].Complete);
        Assert.NotEmpty(frames[^1].Data);
        Assert.DoesNotContain(frames.SkipWhile(frame => frame.Data.Length == 0).Skip(1), frame => frame.HasMetadata);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Checklist", "63")]
    [Trait("Checklist", "66")]
    public async Task FragmentsWithAndWithoutN_BecomeOnePayload(bool next)
    {
        await using Dialogue dialogue = await Dialogue.WithServerAsync();
        FrameFlags n = next ? Build.N : 0;
        await dialogue.Peer.SendAsync(
            Build.RequestResponse(1, "", "me", Build.F), Build.Payload(1, "he", n | Build.F, "ta"), Build.Payload(1, "", n | Build.F), Build.Payload(1, "llo", n));
        Assert.Equal("meta", (await dialogue.Peer.ExpectPayloadAsync(1, "hello", Build.N | Build.C)).Metadata);
    }

    [Fact]
    [Trait("Checklist", "65")]
    [Trait("Checklist", "E20")]
    public async Task FollowsWithComplete_IsTheLastFragment()
    {
        await using Dialogue dialogue = await Dialogue.WithClientAsync();
        ValueTask<Payload> answer = dialogue.Requester.RequestResponseAsync(Payload.FromText("x"));
        await dialogue.Peer.ExpectAsync(FrameType.RequestResponse, 1);
        await dialogue.Peer.SendAsync(Build.Payload(1, "a", Build.N | Build.F), Build.Payload(1, "b", Build.N | Build.F | Build.C));
        Assert.Equal("ab", (await answer.Within()).DataText);
        ValueTask<Payload> second = dialogue.Requester.RequestResponseAsync(Payload.FromText("x"));
        await dialogue.Peer.ExpectAsync(FrameType.RequestResponse, 3);
        await dialogue.Peer.SendAsync(Build.Payload(3, "whole", Build.N | Build.F | Build.C));
        Assert.Equal("whole", (await second.Within()).DataText);
        await dialogue.ExpectNoStreamsAsync();
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [Trait("Checklist", "66")]
    [Trait("Checklist", "E24")]
    public async Task ReassembledChannelRequest_KeepsItsInitialN_AndCompletesWhereverCWas(bool onFirst, bool onLast)
    {
        var incoming = new Recorder();
        string first = "";
        await using Dialogue dialogue = await Dialogue.WithServerAsync(new ScriptedResponder
        {
            OnChannel = (payload, stream, _) =>
            {
                first = payload.DataText;
                stream.Subscribe(incoming);
                return TestSource.Counting();
            },
        });
        await dialogue.Peer.SendAsync(
            Build.RequestChannel(1, 2, "he", flags: Build.F | (onFirst ? Build.C : 0)), Build.Payload(1, "llo", Build.N | (onLast ? Build.C : 0)));
        await dialogue.Peer.ExpectPayloadsAsync(1, 0, 2);
        await dialogue.Peer.ExpectNothingMoreAsync();
        await incoming.ExpectAsync("complete");
        Assert.Equal("hello", first);
    }

    [Fact]
    [Trait("Checklist", "67")]
    [Trait("Checklist", "E17")]
    public async Task CancelDuringReassembly_FreesWhatCame()
    {
        await using Dialogue dialogue = await Dialogue.WithServerAsync(options: new RSocketServerOptions { Reassembly = new() { MaxPartials = 1 } });
        for (int i = 0; i < 10; i++)
        {
            await dialogue.Peer.SendAsync(Build.RequestStream(1, 1, "half", flags: Build.F), Build.Cancel(1), Build.Payload(1, "rest"));
        }

        await dialogue.ExpectNoStreamsAsync();
        Assert.Equal(0, dialogue.Responder.Requests);
        await dialogue.Peer.SendAsync(Build.RequestResponse(3, "he", flags: Build.F), Build.Payload(3, "llo"));
        await dialogue.Peer.ExpectPayloadAsync(3, "hello", Build.N | Build.C);
    }

    [Fact]
    [Trait("Checklist", "47")]
    [Trait("Checklist", "E17")]
    public async Task RequestNDuringReassembly_IsAddedToTheCredit()
    {
        await using Dialogue dialogue = await Dialogue.WithServerAsync(new ScriptedResponder { OnStream = (_, _) => TestSource.Counting() });
        await dialogue.Peer.SendAsync(Build.RequestStream(1, 1, "he", flags: Build.F), Build.RequestN(1, 2), Build.RequestN(1, 1), Build.Payload(1, "llo"));
        await dialogue.Peer.ExpectPayloadsAsync(1, 0, 4);
        await dialogue.Peer.ExpectNothingMoreAsync();
    }

    [Fact]
    [Trait("Checklist", "67")]
    public async Task CancelMidPayload_ByTheRequester_DropsTheRest()
    {
        var source = new TestSource();
        await using Dialogue dialogue = await Dialogue.WithServerAsync(
            new ScriptedResponder { OnStream = (_, _) => source },
            new RSocketServerOptions { MaxOutboundFrameLength = 1_024, StreamQuantumBytes = 64, WriteBatchBytes = 1_024 },
            bufferBytes: 512);
        await dialogue.Peer.SendAsync(Build.RequestStream(1, 10));
        source.Emit(new string('x', 100_000));
        Assert.True((await dialogue.Peer.ExpectAsync(FrameType.Payload, 1)).Follows);
        await dialogue.Peer.SendAsync(Build.Cancel(1));
        await source.Released.Within(); // the CANCEL is taken, while what is written waits for its reader
        int more = (await dialogue.Peer.ReadUntilProbeAsync()).Count + (await dialogue.Peer.ReadUntilProbeAsync()).Count;
        Assert.InRange(more, 0, 10);
        await dialogue.ExpectNoStreamsAsync();
    }

    [Fact]
    [Trait("Checklist", "68")]
    [Trait("Checklist", "E21")]
    public async Task InterleavedFragments_WithACancelInTheMiddle_LeaveTheOthersIntact()
    {
        await using Dialogue dialogue = await Dialogue.WithServerAsync();
        await dialogue.Peer.SendAsync(
            Build.RequestResponse(1, "a", flags: Build.F),
            Build.RequestResponse(3, "x", flags: Build.F),
            Build.RequestResponse(5, "p", flags: Build.F),
            Build.Payload(3, "y", Build.N | Build.F),
            Build.Payload(1, "b", Build.N | Build.F),
            Build.Cancel(3),
            Build.Payload(5, "q", Build.N | Build.F),
            Build.Payload(3, "z"),
            Build.Payload(5, "r"),
            Build.Payload(1, "c"));
        await dialogue.Peer.ExpectPayloadAsync(5, "pqr", Build.N | Build.C);
        await dialogue.Peer.ExpectPayloadAsync(1, "abc", Build.N | Build.C);
        await dialogue.ExpectNoStreamsAsync();
    }

    [Fact]
    [Trait("Checklist", "64")]
    [Trait("Checklist", "E22")]
    public async Task MetadataAfterData_IsRefusedOnThatStream()
    {
        await using Dialogue dialogue = await Dialogue.WithServerAsync();
        await dialogue.Peer.SendAsync(Build.RequestResponse(1, "data", flags: Build.F), Build.Payload(1, "", Build.N | Build.F, "more metadata"));
        await dialogue.Peer.ExpectErrorAsync(1, ErrorCode.Invalid);
        await dialogue.Peer.SendAsync(Build.Payload(1, "rest"));
        await dialogue.Peer.SendAsync(Build.RequestResponse(3, "", flags: Build.F), Build.Payload(3, "d", Build.N, "only in the second"));
        Assert.Equal("only in the second", (await dialogue.Peer.ExpectPayloadAsync(3, "d", Build.N | Build.C)).Metadata);
    }

    [Fact]
    [Trait("Checklist", "68")]
    [Trait("Checklist", "E23")]
    public async Task EndlessFragments_EndAtTheSizeOfAPayload()
    {
        await using Dialogue dialogue = await Dialogue.WithServerAsync(options: new RSocketServerOptions { Reassembly = new() { MaxPayloadBytes = 10_000 } });
        string piece = new('x', 1_000);
        await dialogue.Peer.SendAsync([Build.RequestResponse(1, piece, flags: Build.F), .. Enumerable.Repeat(Build.Payload(1, piece, Build.N | Build.F), 20)]);
        await dialogue.Peer.ExpectErrorAsync(1, ErrorCode.Invalid);
        await dialogue.ExpectNoStreamsAsync();
        await dialogue.ExpectAliveAsync(3);
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [Trait("Checklist", "68")]
    [Trait("Checklist", "E23")]
    public async Task TinyAndEmptyFragments_EndAtTheirCount(string piece)
    {
        await using Dialogue dialogue = await Dialogue.WithServerAsync();
        await dialogue.Peer.SendAsync([Build.RequestResponse(1, piece, flags: Build.F), .. Enumerable.Repeat(Build.Payload(1, piece, Build.N | Build.F), 500)]);
        await dialogue.Peer.ExpectErrorAsync(1, ErrorCode.Invalid);
        await dialogue.ExpectNoStreamsAsync();
    }

    [Fact]
    [Trait("Checklist", "68")]
    [Trait("Checklist", "E23")]
    public async Task TenThousandHalfOpenReassemblies_EndAtTheirNumber_AndTheirBytes()
    {
        await using Dialogue dialogue = await Dialogue.WithServerAsync(options: new RSocketServerOptions { Reassembly = new() { MaxPartials = 10 } }, bufferBytes: 1 << 22);
        await dialogue.Peer.SendAsync([.. Enumerable.Range(0, 10_000).Select(i => Build.RequestResponse((2 * i) + 1, "x", flags: Build.F))]);
        for (int i = 10; i < 10_000; i++)
        {
            await dialogue.Peer.ExpectErrorAsync((2 * i) + 1, ErrorCode.Rejected);
        }

        await dialogue.Peer.SendAsync(Build.Payload(1, "y"));
        await dialogue.Peer.ExpectPayloadAsync(1, "xy", Build.N | Build.C);

        await using Dialogue other = await Dialogue.WithServerAsync(options: new RSocketServerOptions { Reassembly = new() { MaxPartialBytes = 1_000 } });
        await other.Peer.SendAsync(Build.RequestResponse(1, new string('x', 900), flags: Build.F), Build.RequestResponse(3, new string('x', 900), flags: Build.F));
        await other.Peer.ExpectErrorAsync(3, ErrorCode.Rejected);
    }

    [Fact]
    [Trait("Checklist", "36")]
    [Trait("Checklist", "E23")]
    public async Task FireAndForgetInTooManyPieces_IsDroppedWithoutAWord()
    {
        await using Dialogue dialogue = await Dialogue.WithServerAsync(options: new RSocketServerOptions { Reassembly = new() { MaxPayloadBytes = 100, MaxPartials = 1 } });
        await dialogue.Peer.SendAsync(
            Build.RequestFnf(1, new string('x', 200), flags: Build.F), // too long in its first fragment
            Build.RequestFnf(3, new string('x', 90), flags: Build.F),
            Build.RequestFnf(5, "one too many", flags: Build.F),
            Build.Payload(3, new string('x', 90), Build.N | Build.F), // too long in its second
            Build.RequestFnf(7, "he", flags: Build.F),
            Build.RequestN(7, 0));
        await dialogue.ExpectNoStreamsAsync();
        Assert.Empty(dialogue.Responder.Heard);
        await dialogue.Peer.SendAsync(Build.RequestFnf(9, "he", flags: Build.F), Build.Payload(9, "llo"));
        await dialogue.ExpectNoStreamsAsync();
        Assert.Equal(["hello"], dialogue.Responder.Heard);
    }

    [Fact]
    [Trait("Checklist", "68")]
    [Trait("Checklist", "E23")]
    public async Task FragmentsThatStopComing_ExpireWithTheClock()
    {
        var time = new FakeTimeProvider();
        await using Dialogue dialogue = await Dialogue.WithServerAsync(options: new RSocketServerOptions { TimeProvider = time, Reassembly = new() { MaxAge = TimeSpan.FromSeconds(30) } });
        await dialogue.Peer.SendAsync(Build.RequestResponse(1, "half", flags: Build.F), Build.RequestFnf(3, "half", flags: Build.F));
        await dialogue.Peer.ExpectNothingMoreAsync();
        time.Advance(TimeSpan.FromSeconds(31));
        await dialogue.Peer.SendAsync(Build.Cancel(77)); // any frame has the connection look at its clock
        await dialogue.Peer.ExpectErrorAsync(1, ErrorCode.Canceled);
        await dialogue.ExpectNoStreamsAsync();
        await dialogue.ExpectAliveAsync(1);
    }

    [Fact]
    [Trait("Checklist", "68")]
    public async Task TooLongAnElement_EndsItsStream_OnTheRequestersSideByCancel()
    {
        await using Dialogue dialogue = await Dialogue.WithClientAsync(options: new RSocketIm.Protocol.RSocketClientOptions { Reassembly = new() { MaxPayloadBytes = 100 } });
        var receiver = new Recorder();
        dialogue.Requester.RequestStream(Payload.FromText("x"), 5, receiver);
        await dialogue.Peer.ExpectAsync(FrameType.RequestStream, 1);
        await dialogue.Peer.SendAsync(Build.Payload(1, new string('x', 90), Build.N | Build.F), Build.Payload(1, new string('x', 90)));
        await dialogue.Peer.ExpectCancelAsync(1);
        await receiver.ExpectAsync("error Invalid");
        await dialogue.ExpectNoStreamsAsync();
    }

    [Fact]
    [Trait("Checklist", "68")]
    public async Task ElementHalfSent_WhenThisSideEndsTheStream_GetsNoSecondEnd_AndTheIdIsFree()
    {
        await using Dialogue dialogue = await WithHalfSentElementOfAnEndedStreamAsync();
        await dialogue.Peer.SendAsync(Build.Payload(1, "after data", Build.N | Build.F, "metadata"));
        await dialogue.Peer.ExpectNothingMoreAsync();
        await dialogue.ExpectAliveAsync(1);
    }

    [Fact]
    [Trait("Checklist", "11")]
    [Trait("Checklist", "68")]
    public async Task CreditForAnEndedStreamWithAHalfSentElement_IsNotGivenToTheNextOneWithItsId()
    {
        await using Dialogue dialogue = await WithHalfSentElementOfAnEndedStreamAsync();
        await dialogue.Peer.SendAsync(Build.RequestN(1, 5), Build.Payload(1, "last"));
        await dialogue.Peer.SendAsync(Build.RequestStream(1, 1, flags: Build.F), Build.Payload(1, "rest"));
        await dialogue.Peer.ExpectPayloadsAsync(1, from: 0, count: 1);
        await dialogue.Peer.ExpectNothingMoreAsync();
    }

    private static async Task<Dialogue> WithHalfSentElementOfAnEndedStreamAsync()
    {
        Dialogue dialogue = await Dialogue.WithServerAsync(new ScriptedResponder
        {
            OnStream = (_, _) => TestSource.Counting(),
            OnChannel = (_, incoming, _) =>
            {
                incoming.Subscribe(new Recorder());
                incoming.Request(5);
                return new TestSource();
            },
        });
        await dialogue.Peer.SendAsync(Build.RequestChannel(1, 1), Build.Payload(1, "half", Build.N | Build.F));
        await dialogue.Peer.ExpectRequestNAsync(1, 5);
        await dialogue.Peer.SendAsync(Build.RequestN(1, 0));
        await dialogue.Peer.ExpectErrorAsync(1, ErrorCode.Invalid);
        return dialogue;
    }
}
