using RSocketIm.Protocol;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Streams;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Protocol.Streams;

/// <summary>Request-response, fire-and-forget and request-stream, frame by frame, in both roles.</summary>
public sealed class InteractionTests
{
    [Fact]
    [Trait("Checklist", "34")]
    public async Task RequestResponse_IsAnsweredByOneFrame_AndTheStreamIsOver()
    {
        await using Dialogue dialogue = await Dialogue.WithServerAsync();
        await dialogue.Peer.SendAsync(Build.RequestResponse(1, "hello", metadata: "m"));
        ReceivedFrame answer = await dialogue.Peer.ExpectPayloadAsync(1, "hello", Build.N | Build.C);
        Assert.Equal("m", answer.Metadata);
        await dialogue.ExpectNoStreamsAsync();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [Trait("Checklist", "9")]
    [Trait("Checklist", "38")]
    public async Task AbsentAndEmptyMetadata_BothSurvive_AndEmptyDataIsAnElement(string? metadata)
    {
        await using Dialogue dialogue = await Dialogue.WithServerAsync();
        await dialogue.Peer.SendAsync(Build.RequestResponse(1, "", metadata));
        ReceivedFrame answer = await dialogue.Peer.ExpectPayloadAsync(1, "", Build.N | Build.C);
        Assert.Equal(metadata, answer.Metadata);
    }

    [Fact]
    [Trait("Checklist", "34")]
    public async Task RequestResponse_ThatFails_IsAnsweredByOneError()
    {
        await using Dialogue dialogue = await Dialogue.WithServerAsync(new ScriptedResponder
        {
            OnRequest = (request, _) => request.DataText switch
            {
                "throws" => throw new InvalidOperationException("secret"),
                "fails" => ValueTask.FromException<Payload>(new InvalidOperationException("secret")),
                "says" => throw new RSocketException((ErrorCode)0x301, "told"),
                _ => ValueTask.FromCanceled<Payload>(new CancellationToken(canceled: true)),
            },
        });
        await dialogue.Peer.SendAsync(Build.RequestResponse(1, "throws"));
        Assert.DoesNotContain("secret", (await dialogue.Peer.ExpectErrorAsync(1, ErrorCode.ApplicationError)).Data);
        await dialogue.Peer.SendAsync(Build.RequestResponse(3, "fails"));
        Assert.DoesNotContain("secret", (await dialogue.Peer.ExpectErrorAsync(3, ErrorCode.ApplicationError)).Data);
        await dialogue.Peer.SendAsync(Build.RequestResponse(5, "says"));
        Assert.Equal("told", (await dialogue.Peer.ExpectErrorAsync(5, (ErrorCode)0x301)).Data);
        await dialogue.Peer.SendAsync(Build.RequestResponse(7, "gives up by itself"));
        await dialogue.Peer.ExpectErrorAsync(7, ErrorCode.ApplicationError);
        await dialogue.ExpectNoStreamsAsync();
    }

    [Theory]
    [InlineData("next complete", "a")]
    [InlineData("next", "a")]
    [InlineData("complete", "")]
    [Trait("Checklist", "34")]
    [Trait("Checklist", "35")]
    [Trait("Checklist", "E25")]
    public async Task Requester_TakesEveryFormOfTheOneResponse(string form, string data)
    {
        await using Dialogue dialogue = await Dialogue.WithClientAsync();
        ValueTask<Payload> answer = dialogue.Requester.RequestResponseAsync(Payload.FromText("x"));
        await dialogue.Peer.ExpectAsync(FrameType.RequestResponse, 1);
        await dialogue.Peer.SendAsync(form switch
        {
            "next complete" => Build.Payload(1, "a", Build.N | Build.C),
            "next" => Build.Payload(1, "a", Build.N),
            _ => Build.Complete(1),
        });
        Assert.Equal(data, (await answer.Within()).DataText);
        await dialogue.ExpectNoStreamsAsync();
        await dialogue.Peer.SendAsync(Build.Payload(1, "late"), Build.Complete(1), Build.Error(1, ErrorCode.Invalid));
        await dialogue.Peer.ExpectNothingMoreAsync();
    }

    [Fact]
    [Trait("Checklist", "35")]
    [Trait("Checklist", "E25")]
    public async Task ServerAsRequester_TakesAResponseWithoutCAsComplete()
    {
        await using Dialogue dialogue = await Dialogue.WithServerAsync();
        ValueTask<Payload> answer = dialogue.Requester.RequestResponseAsync(Payload.FromText("x"));
        await dialogue.Peer.ExpectAsync(FrameType.RequestResponse, 2);
        await dialogue.Peer.SendAsync(Build.Payload(2, "a", Build.N));
        Assert.Equal("a", (await answer.Within()).DataText);
        await dialogue.ExpectNoStreamsAsync();
    }

    [Fact]
    [Trait("Checklist", "34")]
    public async Task Requester_GetsTheErrorWithCodeAndText()
    {
        await using Dialogue dialogue = await Dialogue.WithClientAsync();
        ValueTask<Payload> answer = dialogue.Requester.RequestResponseAsync(Payload.FromText("x"));
        await dialogue.Peer.ExpectAsync(FrameType.RequestResponse, 1);
        await dialogue.Peer.SendAsync(Build.Error(1, (ErrorCode)0xFFFF_FFFE, "größer"));
        RSocketException error = await Assert.ThrowsAsync<RSocketException>(async () => await answer.Within());
        Assert.Equal(((ErrorCode)0xFFFF_FFFE, "größer"), (error.Code, error.Message));
        await dialogue.ExpectNoStreamsAsync();
    }

    [Theory]
    [InlineData("fine")]
    [InlineData("throws")]
    [Trait("Checklist", "36")]
    public async Task FireAndForget_IsNeverAnswered(string how)
    {
        await using Dialogue dialogue = await Dialogue.WithServerAsync(
            new ScriptedResponder { OnFireAndForget = request => _ = request.DataText == "throws" ? throw new RSocketException(ErrorCode.Invalid, "no") : 0 });
        await dialogue.Peer.SendAsync(Build.RequestFnf(1, how), Build.RequestFnf(1, how), Build.Cancel(1), Build.RequestN(1, 0));
        await dialogue.ExpectNoStreamsAsync();
        Assert.Equal([how, how], dialogue.Responder.Heard);
    }

    [Fact]
    [Trait("Checklist", "36")]
    public async Task FireAndForget_IsDoneForItsRequester_OnceWritten()
    {
        await using Dialogue dialogue = await Dialogue.WithClientAsync(options: new RSocketClientOptions { MaxOutboundFrameLength = 128 });
        ValueTask sent = dialogue.Requester.FireAndForgetAsync(new Payload(new byte[300], new byte[10]));
        Assert.Equal(Build.F | Build.M, (await dialogue.Peer.ExpectAsync(FrameType.RequestFireAndForget, 1)).Flags);
        Assert.True((await dialogue.Peer.ExpectAsync(FrameType.Payload, 1)).Follows);
        Assert.False((await dialogue.Peer.ExpectAsync(FrameType.Payload, 1)).Follows);
        await sent.Within();
        await dialogue.ExpectNoStreamsAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("Checklist", "37")]
    public async Task RequestStream_EndsWithTheLastElement_OrAlone(bool alone)
    {
        var source = new TestSource();
        await using Dialogue dialogue = await Dialogue.WithServerAsync(new ScriptedResponder { OnStream = (_, _) => source });
        await dialogue.Peer.SendAsync(Build.RequestStream(1, 10));
        source.Emit("0");
        await dialogue.Peer.ExpectPayloadAsync(1, "0");
        if (alone)
        {
            source.Complete();
            await dialogue.Peer.ExpectCompleteAsync(1);
        }
        else
        {
            source.Emit("1");
            await dialogue.Peer.ExpectPayloadAsync(1, "1");
            source.CompleteAfterLast();
            await dialogue.Peer.ExpectCompleteAsync(1);
        }

        await source.Released.Within();
        await dialogue.ExpectNoStreamsAsync();
    }

    [Fact]
    [Trait("Checklist", "37")]
    public async Task RequestStream_OfValues_PutsCompleteOnTheLast()
    {
        await using Dialogue dialogue = await Dialogue.WithServerAsync(
            new ScriptedResponder { OnStream = (request, _) => request.DataText == "two" ? PayloadSources.From([Payload.FromText("a"), Payload.FromText("b")]) : PayloadSources.Empty() });
        await dialogue.Peer.SendAsync(Build.RequestStream(1, 10, "two"), Build.RequestStream(3, 10, "none"));
        List<ReceivedFrame> frames = await dialogue.Peer.ReadUntilProbeAsync();
        while (frames.Count < 3)
        {
            frames.AddRange(await dialogue.Peer.ReadUntilProbeAsync());
        }

        Assert.Equal([("a", Build.N), ("b", Build.N | Build.C)], frames.Where(frame => frame.StreamId == 1).Select(frame => (frame.Data, frame.Flags)));
        Assert.Equal([("", Build.C)], frames.Where(frame => frame.StreamId == 3).Select(frame => (frame.Data, frame.Flags)));
    }

    [Fact]
    [Trait("Checklist", "37")]
    public async Task RequestStream_WhoseSourceThrows_EndsWithError_AndReleasesTheSource()
    {
        var source = new TestSource { Endless = () => throw new InvalidOperationException("secret") };
        await using Dialogue dialogue = await Dialogue.WithServerAsync(
            new ScriptedResponder { OnStream = (request, _) => request.DataText == "source" ? source : throw new RSocketException(ErrorCode.Rejected, "handler") });
        await dialogue.Peer.SendAsync(Build.RequestStream(1, 1, "source"));
        Assert.DoesNotContain("secret", (await dialogue.Peer.ExpectErrorAsync(1, ErrorCode.ApplicationError)).Data);
        await source.Released.Within();
        await dialogue.Peer.SendAsync(Build.RequestStream(3, 1, "handler"));
        await dialogue.Peer.ExpectErrorAsync(3, ErrorCode.Rejected);
        await dialogue.ExpectNoStreamsAsync();
    }

    [Fact]
    [Trait("Checklist", "60")]
    public async Task WhatTheResponderDoesNotServe_IsRejected()
    {
        await using Dialogue dialogue = await Dialogue.WithServerAsync();
        await dialogue.Peer.SendAsync(Build.RequestStream(1, 1));
        await dialogue.Peer.ExpectErrorAsync(1, ErrorCode.Rejected);
        await dialogue.Peer.SendAsync(Build.RequestChannel(3, 1));
        await dialogue.Peer.ExpectErrorAsync(3, ErrorCode.Rejected);
        await dialogue.ExpectNoStreamsAsync();
    }

    [Fact]
    [Trait("Checklist", "37")]
    [Trait("Checklist", "38")]
    public async Task StreamRequester_ReceivesElementsUntilTheEnd()
    {
        await using Dialogue dialogue = await Dialogue.WithClientAsync();
        var receiver = new Recorder();
        InboundStream stream = dialogue.Requester.RequestStream(new Payload(Build.Text("d"), Build.Text("m")), 3, receiver);
        ReceivedFrame request = await dialogue.Peer.ExpectAsync(FrameType.RequestStream, 1);
        Assert.Equal((3, "d", "m"), (request.Number, request.Data, request.Metadata));
        await dialogue.Peer.SendAsync(Build.Payload(1, "a"), Build.Payload(1, ""), Build.Payload(1, "none", 0), Build.Payload(1, "b", Build.N | Build.C));
        await receiver.ExpectAsync("a", "", "b", "complete");
        stream.Request(1);
        stream.Cancel();
        await dialogue.ExpectNoStreamsAsync();
        receiver.ExpectNothing();
    }

    [Fact]
    [Trait("Checklist", "37")]
    public async Task ReceiverThatThrows_CancelsItsOwnStream_AndNoOther()
    {
        await using Dialogue dialogue = await Dialogue.WithClientAsync();
        var bad = new Recorder { WhenNext = _ => throw new InvalidOperationException("mine") };
        var good = new Recorder();
        dialogue.Requester.RequestStream(Payload.FromText("bad"), 5, bad);
        await dialogue.Peer.ExpectAsync(FrameType.RequestStream, 1);
        dialogue.Requester.RequestStream(Payload.FromText("good"), 5, good);
        await dialogue.Peer.ExpectAsync(FrameType.RequestStream, 3);
        await dialogue.Peer.SendAsync(Build.Payload(1, "x"), Build.Payload(3, "y"));
        await dialogue.Peer.ExpectCancelAsync(1);
        await good.ExpectAsync("y");
    }

    [Fact]
    [Trait("Checklist", "60")]
    [Trait("Checklist", "61")]
    public async Task ApplicationCodes_ReachFromEndToEnd_AndTextLosesItsNul()
    {
        uint[] codes = [0x201, 0x202, 0x203, 0x204, 0x301, 0x8000_0000, 0xFFFF_FFFE];
        await using Dialogue dialogue = await Dialogue.WithServerAsync(
            new ScriptedResponder { OnRequest = (request, _) => throw new RSocketException((ErrorCode)uint.Parse(request.DataText), "a\0b") });
        int stream = -1;
        foreach (uint code in codes)
        {
            await dialogue.Peer.SendAsync(Build.RequestResponse(stream += 2, $"{code}"));
            Assert.Equal("ab", (await dialogue.Peer.ExpectErrorAsync(stream, (ErrorCode)code)).Data);
        }
    }

    [Fact]
    [Trait("Checklist", "38")]
    [Trait("Checklist", "E20")]
    public async Task PayloadWithoutFlags_IsIgnored()
    {
        await using Dialogue dialogue = await Dialogue.WithClientAsync();
        ValueTask<Payload> answer = dialogue.Requester.RequestResponseAsync(Payload.FromText("x"));
        await dialogue.Peer.ExpectAsync(FrameType.RequestResponse, 1);
        await dialogue.Peer.SendAsync(Build.Payload(1, "no flags", 0), Build.Payload(1, "real", Build.N | Build.C));
        Assert.Equal("real", (await answer.Within()).DataText);
    }
}
