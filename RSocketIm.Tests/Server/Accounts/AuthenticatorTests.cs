using System.Net;
using System.Security.Cryptography;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads.Metadata;
using RSocketIm.Server.Accounts;
using RSocketIm.Server.Configuration;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Server.Accounts;

public sealed class AuthenticatorTests
{
    private static readonly IPAddress Somewhere = IPAddress.Parse("192.0.2.7");

    private readonly FakeTimeProvider time = new();
    private readonly Tokens tokens;

    public AuthenticatorTests() => tokens = new Tokens(new AuthSettings(), RandomNumberGenerator.GetBytes(32), time);

    /// <summary>How a client comes, whether guests are welcome, and who it is then: null for nobody.</summary>
    public static TheoryData<string, bool, string?> Decisions { get; } = new()
    {
        { "nothing", true, null },
        { "simple alice", true, "alice" },
        { "simple alice", false, null },
        { "simple alice with a password", true, null },
        { "simple held", true, null },
        { "simple Not A Name", true, null },
        { "simple (empty)", true, null },
        { "bearer of held", true, "held" },
        { "bearer of held", false, null },
        { "bearer of the name's other token", true, null },
        { "bearer of a user", false, "member" },
        { "bearer of nonsense", true, null },
        { "a type of its own", true, null },
    };

    [Theory]
    [MemberData(nameof(Decisions))]
    public async Task Authenticate_EachKindOfCredentials_GivesTheUserOrTheOneRefusal(string credentials, bool guestsAllowed, string? user)
    {
        (Authenticator authenticator, Guests guests) = Create(guestsAllowed, new LimitSettings());
        Token held = tokens.Describe("held", isGuest: true);
        guests.TryHold(held);
        AuthenticationMetadata? given = credentials switch
        {
            "nothing" => null,
            "simple alice" => AuthenticationMetadata.Simple("alice", ""),
            "simple alice with a password" => AuthenticationMetadata.Simple("alice", "secret"),
            "simple held" => AuthenticationMetadata.Simple("held", ""),
            "simple Not A Name" => AuthenticationMetadata.Simple("Not A Name", ""),
            "simple (empty)" => AuthenticationMetadata.Simple("", ""),
            "bearer of held" => AuthenticationMetadata.Bearer(tokens.Sign(held)),
            "bearer of the name's other token" => AuthenticationMetadata.Bearer(tokens.Sign(tokens.Describe("held", isGuest: true))),
            "bearer of a user" => AuthenticationMetadata.Bearer(tokens.Sign(tokens.Describe("member", isGuest: false))),
            "bearer of nonsense" => AuthenticationMetadata.Bearer("nonsense"),
            _ => AuthenticationMetadata.Custom("own", new byte[] { 1 }),
        };

        if (user is not null)
        {
            Assert.Equal(user, await authenticator.AuthenticateAsync(given, Somewhere));
            return;
        }

        RSocketException refusal = await Assert.ThrowsAsync<RSocketException>(() => authenticator.AuthenticateAsync(given, Somewhere).AsTask());
        Assert.Equal((ErrorCode.RejectedSetup, Authenticator.Refusal), (refusal.Code, refusal.Message));
    }

    [Fact]
    public async Task Authenticate_TooManyWrongGuesses_AreRefusedForAMinute()
    {
        (Authenticator authenticator, _) = Create(true, new LimitSettings { SignInsPerMinute = 2 });
        AuthenticationMetadata wrong = AuthenticationMetadata.Simple("alice", "guess");
        AuthenticationMetadata right = AuthenticationMetadata.Simple("alice", "");
        for (int i = 0; i < 2; i++)
        {
            await Assert.ThrowsAsync<RSocketException>(() => authenticator.AuthenticateAsync(wrong, Somewhere).AsTask());
        }

        RSocketException limited = await Assert.ThrowsAsync<RSocketException>(() => authenticator.AuthenticateAsync(right, Somewhere).AsTask());
        Assert.StartsWith("rate_limited", limited.Message, StringComparison.Ordinal);
        Assert.Equal("alice", await authenticator.AuthenticateAsync(right, IPAddress.Parse("192.0.2.8")));
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("alice", await authenticator.AuthenticateAsync(right, Somewhere));
    }

    [Theory]
    [InlineData("127.0.0.1", false, true)]
    [InlineData("127.0.0.1", true, false)]
    [InlineData("2001:db8::1", false, false)]
    public void SignInLimits_LoopbackIsExemptUnlessSaidOtherwise(string address, bool limitLoopback, bool hasRoom)
    {
        SignInLimits limits = new(new LimitSettings { SignInsPerMinute = 1, LimitLoopback = limitLoopback }, time);
        limits.Count(IPAddress.Parse(address));
        Assert.Equal(hasRoom, limits.HasRoom(IPAddress.Parse(address)));
    }

    [Fact]
    public void SignInLimits_OneNetworkOfIpv6_IsOneAddress()
    {
        SignInLimits limits = new(new LimitSettings { SignInsPerMinute = 1 }, time);
        limits.Count(IPAddress.Parse("2001:db8:0:1::1"));
        Assert.False(limits.HasRoom(IPAddress.Parse("2001:db8:0:1:ffff::9")));
        Assert.True(limits.HasRoom(IPAddress.Parse("2001:db8:0:2::1")));
    }

    private (Authenticator Authenticator, Guests Guests) Create(bool guestsAllowed, LimitSettings limits)
    {
        Guests guests = new(new AuthSettings { AllowGuests = guestsAllowed }, new ServerState(), time);
        return (new Authenticator(tokens, guests, new SignInLimits(limits, time)), guests);
    }
}
