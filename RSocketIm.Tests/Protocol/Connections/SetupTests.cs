using RSocketIm.Protocol;
using RSocketIm.Protocol.Connections;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Streams;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Protocol.Connections;

/// <summary>The first frame of a connection: who is let in, and what the others are told before the door closes.</summary>
public sealed class SetupTests
{
    public static TheoryData<string, byte[]> NotASetup => new()
    {
        { "REQUEST_STREAM", Build.RequestStream(1, 1) },
        { "KEEPALIVE", Build.KeepAlive(respond: true) },
        { "PAYLOAD", Build.Payload(1, "x") },
        { "SETUP on stream 5", Build.Setup(streamId: 5) },
        { "RESUME on stream 1", Build.Resume(id: 1) },
        { "an unknown type that may be ignored", Build.Frame(0, 0x20, Build.I) },
    };

    public static TheoryData<string, byte[]> BadSetups => new()
    {
        { "version 2.0", Build.Setup(major: 2) },
        { "version 1.1", Build.Setup(minor: 1) },
        { "version 0.1", Build.Setup(major: 0, minor: 1) },
        { "keepalive 0", Build.Setup(keepAlive: 0) },
        { "keepalive with the top bit", Build.Setup(keepAlive: -5) },
        { "lifetime 0", Build.Setup(lifetime: 0) },
        { "truncated in its numbers", Build.Setup()[..12] },
        { "truncated in a MIME type", Build.Setup()[..24] },
        { "MIME length 255 in a short frame", [.. Build.Setup()[..18], 255, .. "text"u8] },
        { "NUL in a MIME type", Build.Setup(dataMime: "a\0b") },
        { "metadata length beyond the frame", [.. Build.Setup(metadata: "x")[..^4], 0xFF, 0xFF, 0xFF, 1] },
    };

    [Theory]
    [MemberData(nameof(NotASetup))]
    [Trait("Checklist", "13")]
    [Trait("Checklist", "E1")]
    public async Task FirstFrame_OtherThanSetup_IsInvalidSetup(string what, byte[] frame)
    {
        await using Dialogue dialogue = Dialogue.NewServer();
        await dialogue.Peer.SendAsync(frame);
        await dialogue.Peer.ExpectConnectionErrorAsync(ErrorCode.InvalidSetup);
        Assert.Equal(0, dialogue.Responder.Requests);
        Assert.NotEmpty(what);
        await dialogue.ExpectOthersUnharmedAsync();
    }

    [Theory]
    [InlineData("474554202F20485454502F312E310D0A0D0A")] // "GET / HTTP/1.1": a length of 4,670,804
    [InlineData("FFFFFFFFFFFFFFFFFFFFFFFF")]
    [InlineData("000000000000")]
    [InlineData("000005 00000000 04")]
    [Trait("Checklist", "13")]
    [Trait("Checklist", "E1")]
    public async Task RandomBytes_AreInvalidSetup(string hex)
    {
        await using Dialogue dialogue = Dialogue.NewServer();
        await dialogue.Peer.SendBytesAsync(Build.Hex(hex));
        await dialogue.Peer.ExpectConnectionErrorAsync(ErrorCode.InvalidSetup);
    }

    [Theory]
    [MemberData(nameof(BadSetups))]
    [Trait("Checklist", "14")]
    [Trait("Checklist", "15")]
    [Trait("Checklist", "16")]
    [Trait("Checklist", "E4")]
    public async Task Setup_Malformed_IsInvalidSetup(string what, byte[] frame)
    {
        await using Dialogue dialogue = Dialogue.NewServer();
        await dialogue.Peer.SendAsync(frame);
        await dialogue.Peer.ExpectConnectionErrorAsync(ErrorCode.InvalidSetup);
        Assert.NotEmpty(what);
    }

    [Fact]
    [Trait("Checklist", "14")]
    public async Task Setup_IsHandedToTheApplication_AsItCame()
    {
        ConnectionSetup? seen = null;
        await using Dialogue dialogue = Dialogue.NewServer(acceptor: (setup, _, _) =>
        {
            seen = setup;
            return ValueTask.FromResult<RSocketResponder>(new ScriptedResponder());
        });
        await dialogue.Peer.SendAsync(Build.Setup(keepAlive: 20_000, lifetime: 90_000, metadataMime: "a/b", dataMime: "c/d", metadata: "token", data: "hello"));
        await dialogue.Peer.ExpectNothingMoreAsync();
        Assert.NotNull(seen);
        Assert.Equal((1, 0, "a/b", "c/d"), (seen.MajorVersion, seen.MinorVersion, seen.MetadataMimeType, seen.DataMimeType));
        Assert.Equal((TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(90)), (seen.KeepAliveInterval, seen.MaxLifetime));
        Assert.Equal(("hello", "token"), (seen.Payload.DataText, System.Text.Encoding.UTF8.GetString(seen.Payload.Metadata.Span)));
    }

    [Fact]
    [Trait("Checklist", "18")]
    [Trait("Checklist", "E5")]
    public async Task SetupWithResumeToken_IsRejected()
    {
        await using Dialogue dialogue = Dialogue.NewServer();
        await dialogue.Peer.SendAsync(Build.Setup(token: [1, 2, 3]));
        await dialogue.Peer.ExpectConnectionErrorAsync(ErrorCode.RejectedSetup);
    }

    [Fact]
    [Trait("Checklist", "73")]
    public async Task Resume_AsFirstFrame_IsRejectedResume()
    {
        await using Dialogue dialogue = Dialogue.NewServer();
        await dialogue.Peer.SendAsync(Build.Resume());
        await dialogue.Peer.ExpectConnectionErrorAsync(ErrorCode.RejectedResume);
    }

    [Fact]
    [Trait("Checklist", "75")]
    public async Task Resume_AfterSetup_IsAConnectionError()
    {
        await using Dialogue dialogue = await Dialogue.WithServerAsync();
        await dialogue.Peer.SendAsync(Build.Resume());
        await dialogue.Peer.ExpectConnectionErrorAsync(ErrorCode.ConnectionError);
    }

    [Fact]
    [Trait("Checklist", "17")]
    public async Task SetupWithLease_WhereThereAreNone_IsUnsupported()
    {
        await using Dialogue dialogue = Dialogue.NewServer();
        await dialogue.Peer.SendSetupAsync(lease: true);
        await dialogue.Peer.ExpectConnectionErrorAsync(ErrorCode.UnsupportedSetup);
    }

    [Theory]
    [InlineData(ErrorCode.RejectedSetup, ErrorCode.RejectedSetup)]
    [InlineData(ErrorCode.UnsupportedSetup, ErrorCode.UnsupportedSetup)]
    [InlineData(ErrorCode.InvalidSetup, ErrorCode.InvalidSetup)]
    [InlineData(ErrorCode.ApplicationError, ErrorCode.RejectedSetup)]
    [InlineData((ErrorCode)0x301, ErrorCode.RejectedSetup)]
    [Trait("Checklist", "17")]
    public async Task ApplicationsRefusal_IsSentWithItsText(ErrorCode thrown, ErrorCode sent)
    {
        await using Dialogue dialogue = Dialogue.NewServer(acceptor: (_, _, _) => throw new RSocketException(thrown, "no entry"));
        await dialogue.Peer.SendSetupAsync();
        Assert.Equal("no entry", (await dialogue.Peer.ExpectErrorAsync(0, sent)).Data);
        await dialogue.Peer.ExpectCloseAsync();
    }

    [Fact]
    [Trait("Checklist", "17")]
    public async Task AcceptorThatFails_RefusesWithoutItsText()
    {
        await using Dialogue dialogue = Dialogue.NewServer(acceptor: (_, _, _) => throw new InvalidOperationException("secret"));
        await dialogue.Peer.SendSetupAsync();
        Assert.DoesNotContain("secret", (await dialogue.Peer.ExpectErrorAsync(0, ErrorCode.RejectedSetup)).Data);
        await dialogue.Peer.ExpectCloseAsync();
    }

    [Fact]
    [Trait("Checklist", "17")]
    [Trait("Checklist", "19")]
    [Trait("Checklist", "E6")]
    public async Task RejectedSetup_ExecutesNothingThatWasPipelined()
    {
        var decision = new TaskCompletionSource<RSocketResponder>();
        await using Dialogue dialogue = Dialogue.NewServer(acceptor: (_, _, _) => new ValueTask<RSocketResponder>(decision.Task));
        await dialogue.Peer.SendAsync([Build.Setup(), .. Enumerable.Range(0, 100).Select(i => Build.RequestResponse((2 * i) + 1, "x"))]);
        decision.SetException(new RSocketException(ErrorCode.RejectedSetup, "no"));
        await dialogue.Peer.ExpectConnectionErrorAsync(ErrorCode.RejectedSetup);
        Assert.Equal(0, dialogue.Responder.Requests);
    }

    [Fact]
    [Trait("Checklist", "19")]
    public async Task RequestsBehindSetup_WaitForItsAcceptance_AndAreServedInOrder()
    {
        var decision = new TaskCompletionSource<RSocketResponder>();
        await using Dialogue dialogue = Dialogue.NewServer(acceptor: (_, _, _) => new ValueTask<RSocketResponder>(decision.Task));
        await dialogue.Peer.SendAsync([Build.Setup(), .. Enumerable.Range(0, 100).Select(i => Build.RequestResponse((2 * i) + 1, $"{i}"))]);
        Assert.Equal(0, dialogue.Responder.Requests);
        decision.SetResult(dialogue.Responder);
        for (int i = 0; i < 100; i++)
        {
            await dialogue.Peer.ExpectPayloadAsync((2 * i) + 1, $"{i}", Build.N | Build.C);
        }
    }

    [Fact]
    [Trait("Checklist", "20")]
    public async Task ServersRequester_MaySend_AsSoonAsSetupIsAccepted()
    {
        await using Dialogue dialogue = await Dialogue.WithServerAsync();
        ValueTask<RSocketIm.Protocol.Payloads.Payload> answer = dialogue.Requester.RequestResponseAsync(RSocketIm.Protocol.Payloads.Payload.FromText("who?"));
        Assert.Equal("who?", (await dialogue.Peer.ExpectAsync(FrameType.RequestResponse, 2)).Data);
        await dialogue.Peer.SendAsync(Build.Payload(2, "me", Build.N | Build.C));
        Assert.Equal("me", (await answer.Within()).DataText);
    }

    [Fact]
    [Trait("Checklist", "21")]
    [Trait("Checklist", "E3")]
    public async Task SecondSetup_IsIgnored()
    {
        await using Dialogue dialogue = await Dialogue.WithServerAsync();
        await dialogue.Peer.SendAsync(Build.Setup(), Build.Setup(major: 7));
        await dialogue.Peer.ExpectNothingMoreAsync();
        await dialogue.ExpectAliveAsync(1);
    }

    [Theory]
    [InlineData(ErrorCode.InvalidSetup)]
    [InlineData(ErrorCode.UnsupportedSetup)]
    [InlineData(ErrorCode.RejectedSetup)]
    [InlineData(ErrorCode.RejectedResume)]
    [Trait("Checklist", "22")]
    public async Task ServerIgnores_ErrorsThatOnlyAServerSends(ErrorCode code)
    {
        await using Dialogue dialogue = await Dialogue.WithServerAsync();
        await dialogue.Peer.SendAsync(Build.Error(0, code, "no"));
        await dialogue.Peer.ExpectNothingMoreAsync();
        await dialogue.ExpectAliveAsync(1);
    }

    [Fact]
    [Trait("Checklist", "E2")]
    public async Task Silence_UntilTheSetupTimeout_IsInvalidSetup()
    {
        var time = new FakeTimeProvider();
        await using Dialogue dialogue = Dialogue.NewServer(options: new RSocketServerOptions { TimeProvider = time, SetupTimeout = TimeSpan.FromSeconds(5) });
        time.Advance(TimeSpan.FromSeconds(5));
        await dialogue.Peer.ExpectConnectionErrorAsync(ErrorCode.InvalidSetup);
        await dialogue.Subject.Closed.Within();
    }

    [Fact]
    [Trait("Checklist", "E2")]
    public async Task AcceptorThatTakesTooLong_IsCancelled()
    {
        var time = new FakeTimeProvider();
        var asked = new TaskCompletionSource();
        await using Dialogue dialogue = Dialogue.NewServer(
            options: new RSocketServerOptions { TimeProvider = time, SetupTimeout = TimeSpan.FromSeconds(5) },
            acceptor: async (_, _, cancellationToken) =>
            {
                asked.SetResult();
                await Task.Delay(Timeout.Infinite, cancellationToken);
                return new ScriptedResponder();
            });
        await dialogue.Peer.SendSetupAsync();
        await asked.Task.Within();
        time.Advance(TimeSpan.FromSeconds(5));
        await dialogue.Peer.ExpectConnectionErrorAsync(ErrorCode.InvalidSetup);
        await dialogue.Subject.Closed.Within();
    }

    [Fact]
    [Trait("Checklist", "E2")]
    public async Task LongFrameBeforeSetup_IsRefusedAtItsLength_NotBuffered()
    {
        await using Dialogue dialogue = Dialogue.NewServer();
        await dialogue.Peer.SendBytesAsync(0xFF, 0xFF, 0xFF);
        await dialogue.Peer.ExpectConnectionErrorAsync(ErrorCode.InvalidSetup);
    }
}
