using RSocketIm.Protocol.Connections;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Streams;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Protocol.Streams;

/// <summary>Credit is exact in both directions: not one payload more than was asked for, and not one less.</summary>
[Collection(CountsBytes.Name)]
public sealed class FlowControlTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("Checklist", "40")]
    [Trait("Checklist", "41")]
    [Trait("Checklist", "E9")]
    public async Task FourThenThree_AreExactlyFourThenThree(bool channel)
    {
        await using Dialogue dialogue = await Serving(TestSource.Counting());
        await dialogue.Peer.SendAsync(channel ? Build.RequestChannel(1, 4) : Build.RequestStream(1, 4));
        await dialogue.Peer.ExpectPayloadsAsync(1, 0, 4);
        await dialogue.Peer.ExpectNothingMoreAsync();
        await dialogue.Peer.SendAsync(Build.RequestN(1, 3));
        await dialogue.Peer.ExpectPayloadsAsync(1, 4, 3);
        await dialogue.Peer.ExpectNothingMoreAsync();
    }

    [Fact]
    [Trait("Checklist", "41")]
    [Trait("Checklist", "47")]
    public async Task GrantsWithoutAnythingToSend_AddUp()
    {
        var source = new TestSource();
        await using Dialogue dialogue = await Serving(source);
        await dialogue.Peer.SendAsync(Build.RequestStream(1, 1), Build.RequestN(1, 3), Build.RequestN(1, 2));
        await dialogue.Peer.ExpectNothingMoreAsync();
        source.Emit("0", "1", "2", "3", "4", "5", "6", "7");
        await dialogue.Peer.ExpectPayloadsAsync(1, 0, 6);
        await dialogue.Peer.ExpectNothingMoreAsync();
    }

    [Fact]
    [Trait("Checklist", "41")]
    public async Task GrantToASourceThatHasNothing_DoesNotAskItAgain_AndCounts()
    {
        var source = new TestSource();
        await using Dialogue dialogue = await Serving(source);
        await dialogue.Peer.SendAsync(Build.RequestStream(1, 1));
        await dialogue.ExpectAliveAsync(3);
        int pulls = source.Pulls;
        await dialogue.Peer.SendAsync(Build.RequestN(1, 1));
        await dialogue.Peer.SendAsync(Build.RequestN(1, 1));
        await dialogue.ExpectAliveAsync(5);
        Assert.Equal(pulls, source.Pulls);
        source.Emit("0", "1", "2", "3");
        await dialogue.Peer.ExpectPayloadsAsync(1, 0, 3);
        await dialogue.Peer.ExpectNothingMoreAsync();
    }

    [Fact]
    [Trait("Checklist", "42")]
    [Trait("Checklist", "43")]
    [Trait("Checklist", "44")]
    [Trait("Checklist", "E8")]
    public async Task ThreeTimesTheLargestGrant_DoesNotOverflow()
    {
        var source = new TestSource();
        await using Dialogue dialogue = await Serving(source);
        await dialogue.Peer.SendAsync(Build.RequestStream(1, int.MaxValue), Build.RequestN(1, int.MaxValue), Build.RequestN(1, int.MaxValue));
        await dialogue.Peer.ExpectNothingMoreAsync();
        source.Emit([.. Enumerable.Range(0, 1_000).Select(i => $"{i}")]);
        await dialogue.Peer.ExpectPayloadsAsync(1, 0, 1_000);
    }

    [Fact]
    [Trait("Checklist", "47")]
    public async Task NoGrant_IsNeverAnError_AndCostsNoPull()
    {
        TestSource source = TestSource.Counting();
        await using Dialogue dialogue = await Serving(source);
        await dialogue.Peer.SendAsync(Build.RequestStream(1, 2));
        await dialogue.Peer.ExpectPayloadsAsync(1, 0, 2);
        await dialogue.Peer.ExpectNothingMoreAsync();
        Assert.Equal(2, source.Pulls);
        await dialogue.ExpectAliveAsync(3);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0x8000_0001)]
    [InlineData(0xFFFF_FFFF)]
    [Trait("Checklist", "48")]
    [Trait("Checklist", "E7")]
    public async Task RequestNOutOfRange_IsInvalidOnThatStream_OthersLive(long n)
    {
        var first = new TestSource();
        var second = new TestSource();
        await using Dialogue dialogue = await Dialogue.WithServerAsync(
            new ScriptedResponder { OnStream = (request, _) => request.DataText == "first" ? first : second });
        await dialogue.Peer.SendAsync(Build.RequestStream(1, 1, "first"), Build.RequestStream(3, 1, "second"), Build.RequestN(1, n));
        await dialogue.Peer.ExpectErrorAsync(1, ErrorCode.Invalid);
        await first.Released.Within();
        second.Emit("0");
        await dialogue.Peer.ExpectPayloadAsync(3, "0");
    }

    [Theory]
    [InlineData(0x8000_0001)]
    [InlineData(0xFFFF_FFFF)]
    [Trait("Checklist", "48")]
    [Trait("Checklist", "E7")]
    public async Task InitialNWithTheTopBit_IsInvalidOnThatStream(long n)
    {
        await using Dialogue dialogue = await Serving(TestSource.Counting());
        await dialogue.Peer.SendAsync(Build.RequestStream(1, n));
        await dialogue.Peer.ExpectErrorAsync(1, ErrorCode.Invalid);
        await dialogue.Peer.SendAsync(Build.RequestChannel(3, n));
        await dialogue.Peer.ExpectErrorAsync(3, ErrorCode.Invalid);
        Assert.Equal(0, dialogue.Responder.Requests);
        await dialogue.ExpectAliveAsync(5);
    }

    [Fact]
    [Trait("Checklist", "48")]
    public async Task InitialNOfZero_IsNoCreditYet()
    {
        await using Dialogue dialogue = await Serving(TestSource.Counting());
        await dialogue.Peer.SendAsync(Build.RequestStream(1, 0));
        await dialogue.Peer.ExpectNothingMoreAsync();
        await dialogue.Peer.SendAsync(Build.RequestN(1, 2));
        await dialogue.Peer.ExpectPayloadsAsync(1, 0, 2);
        await dialogue.Peer.ExpectNothingMoreAsync();
    }

    [Fact]
    [Trait("Checklist", "48")]
    public async Task RequestNOfZero_DuringReassemblyOfTheRequest_IsInvalidToo()
    {
        await using Dialogue dialogue = await Serving(TestSource.Counting());
        await dialogue.Peer.SendAsync(Build.RequestStream(1, 1, "he", flags: Build.F), Build.RequestN(1, 0));
        await dialogue.Peer.ExpectErrorAsync(1, ErrorCode.Invalid);
        await dialogue.Peer.SendAsync(Build.Payload(1, "llo"));
        await dialogue.ExpectNoStreamsAsync();
        Assert.Equal(0, dialogue.Responder.Requests);
    }

    [Fact]
    [Trait("Checklist", "45")]
    public async Task CompleteAndError_NeedNoCredit()
    {
        var completes = new TestSource();
        var fails = new TestSource();
        await using Dialogue dialogue = await Dialogue.WithServerAsync(
            new ScriptedResponder { OnStream = (request, _) => request.DataText == "completes" ? completes : fails });
        await dialogue.Peer.SendAsync(Build.RequestStream(1, 0, "completes"), Build.RequestStream(3, 0, "fails"));
        await dialogue.Peer.ExpectNothingMoreAsync();
        completes.Complete();
        await dialogue.Peer.ExpectCompleteAsync(1);
        fails.Fail(new RSocketIm.Protocol.RSocketException((ErrorCode)0x301, "so it is"));
        Assert.Equal("so it is", (await dialogue.Peer.ExpectErrorAsync(3, (ErrorCode)0x301)).Data);
        await dialogue.ExpectNoStreamsAsync();
    }

    [Fact]
    [Trait("Checklist", "46")]
    public async Task FragmentedPayload_CostsOneCredit_InBothDirections()
    {
        var source = new TestSource();
        var incoming = new Recorder();
        InboundStream? inbound = null;
        await using Dialogue dialogue = await Dialogue.WithServerAsync(
            new ScriptedResponder
            {
                OnChannel = (_, stream, _) =>
                {
                    inbound = stream;
                    stream.Subscribe(incoming);
                    stream.Request(1);
                    return source;
                },
            },
            new RSocketServerOptions { MaxOutboundFrameLength = 128 });
        await dialogue.Peer.SendAsync(Build.RequestChannel(1, 1));
        await dialogue.Peer.ExpectRequestNAsync(1, 1);

        source.Emit(new string('x', 300), "second");
        int length = 0;
        ReceivedFrame fragment;
        do
        {
            fragment = await dialogue.Peer.ExpectAsync(FrameType.Payload, 1);
            length += fragment.Data.Length;
        }
        while (fragment.Follows);
        Assert.Equal(300, length);
        await dialogue.Peer.ExpectNothingMoreAsync();

        await dialogue.Peer.SendAsync(Build.Payload(1, "a", Build.N | Build.F), Build.Payload(1, "b", Build.N | Build.F), Build.Payload(1, "c"));
        await incoming.ExpectAsync("abc");
        await dialogue.Peer.ExpectNothingMoreAsync();
        await dialogue.Peer.SendAsync(Build.Payload(1, "d", Build.N | Build.F)); // refused at its first fragment
        await dialogue.Peer.ExpectErrorAsync(1, ErrorCode.Canceled);
        Assert.NotNull(inbound);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [Trait("Checklist", "49")]
    [Trait("Checklist", "51")]
    [Trait("Checklist", "E12")]
    [Trait("Checklist", "E13")]
    public async Task PayloadBeyondOurGrant_EndsTheStreamWithCanceled_AndIsNotDelivered(int granted)
    {
        var incoming = new Recorder();
        var source = new TestSource();
        await using Dialogue dialogue = await Dialogue.WithServerAsync(new ScriptedResponder
        {
            OnChannel = (_, stream, _) =>
            {
                stream.Subscribe(incoming);
                if (granted > 0)
                {
                    stream.Request(granted);
                }

                return source;
            },
        });
        await dialogue.Peer.SendAsync(Build.RequestChannel(1, 5));
        if (granted > 0)
        {
            await dialogue.Peer.ExpectRequestNAsync(1, granted);
        }

        await dialogue.Peer.SendAsync([.. Enumerable.Range(0, granted + 3).Select(i => Build.Payload(1, $"{i}"))]);
        await dialogue.Peer.ExpectErrorAsync(1, ErrorCode.Canceled);
        await incoming.ExpectAsync([.. Enumerable.Range(0, granted).Select(i => $"{i}"), "error Canceled"]);
        await source.Released.Within();
        await dialogue.ExpectNoStreamsAsync();
        incoming.ExpectNothing();
        Assert.Null(incoming.Misuse);
        await dialogue.ExpectAliveAsync(3);
    }

    [Fact]
    [Trait("Checklist", "49")]
    public async Task RequesterThatIsSentTooMuch_CancelsItsStream()
    {
        await using Dialogue dialogue = await Dialogue.WithClientAsync();
        var receiver = new Recorder();
        dialogue.Requester.RequestStream(Payload.FromText("x"), 2, receiver);
        Assert.Equal(2, (await dialogue.Peer.ExpectAsync(FrameType.RequestStream, 1)).Number);
        await dialogue.Peer.SendAsync(Build.Payload(1, "a"), Build.Payload(1, "b"), Build.Payload(1, "c"));
        await dialogue.Peer.ExpectCancelAsync(1);
        await receiver.ExpectAsync("a", "b", "error Canceled");
        await dialogue.ExpectNoStreamsAsync();
    }

    [Fact]
    [Trait("Checklist", "49")]
    [Trait("Checklist", "E12")]
    public async Task DataRacingOurGrant_IsNeverTakenForTooMuch()
    {
        // The peer may send as soon as REQUEST_N leaves; we count the credit before it does.
        int left = 200;
        InboundStream? inbound = null;
        var receiver = new Recorder { WhenNext = _ => { if (--left > 0) { inbound!.Request(1); } } };
        await using Dialogue dialogue = await Dialogue.WithClientAsync();
        inbound = dialogue.Requester.RequestStream(Payload.FromText("x"), 1, receiver);
        await dialogue.Peer.ExpectAsync(FrameType.RequestStream, 1);
        await dialogue.Peer.SendAsync(Build.Payload(1, "0"));
        for (int i = 1; i < 200; i++)
        {
            await dialogue.Peer.ExpectRequestNAsync(1, 1);
            await dialogue.Peer.SendAsync(Build.Payload(1, $"{i}"));
        }

        await dialogue.Peer.SendAsync(Build.Complete(1));
        Assert.Null(await receiver.Ended.Within());
        Assert.Equal(200, receiver.Nexts);
    }

    [Fact]
    [Trait("Checklist", "E10")]
    public async Task TenThousandGrants_OnATransportThatIsNotRead_PauseTheProducer()
    {
        TestSource source = TestSource.Counting(size: 1_000);
        await using Dialogue dialogue = await Serving(source);
        await dialogue.Peer.SendAsync(Build.RequestStream(1, 1));
        for (int i = 0; i < 10_000; i++)
        {
            await dialogue.Peer.SendAsync(Build.RequestN(1, 1));
        }

        await dialogue.WhenAllIsReadAsync();
        Assert.InRange(source.Pulls, 1, 300); // 64 KiB of transport and one batch of 32 KiB, at 1,000 bytes each

        int frames = 0;
        while (frames < 10_001)
        {
            await dialogue.Peer.ExpectAsync(FrameType.Payload, 1);
            frames++;
        }

        await dialogue.Peer.ExpectNothingMoreAsync();
    }

    [Fact]
    [Trait("Checklist", "43")]
    public async Task LargestCredit_OnADeadSocket_KeepsMemoryFlat()
    {
        TestSource[] sources = [.. Enumerable.Range(0, 50).Select(_ => TestSource.Counting(size: 10_000))];
        int next = 0;
        await using Dialogue dialogue = await Dialogue.WithServerAsync(new ScriptedResponder { OnStream = (_, _) => sources[next++] });
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = 0; i < 50; i++)
        {
            await dialogue.Peer.SendAsync(Build.RequestStream((2 * i) + 1, int.MaxValue));
        }

        await dialogue.WhenAllIsReadAsync();
        for (int i = 0; i < 1_000; i++)
        {
            await dialogue.Peer.SendAsync(Build.RequestN(1, int.MaxValue));
        }

        await dialogue.WhenAllIsReadAsync();
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 4 << 20);
        Assert.InRange(sources.Sum(source => source.Pulls), 1, 100);
    }

    private static Task<Dialogue> Serving(TestSource source) =>
        Dialogue.WithServerAsync(new ScriptedResponder { OnStream = (_, _) => source, OnChannel = (_, _, _) => source });
}
