using System.Net;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads.Metadata;
using RSocketIm.Server.Accounts;
using RSocketIm.Server.Configuration;
using RSocketIm.Tests.Server.TestKit;

namespace RSocketIm.Tests.Server.Accounts;

public sealed class AuthenticatorTests
{
    private const string Password = "correct horse";

    private static readonly IPAddress Somewhere = IPAddress.Parse("192.0.2.7");

    /// <summary>How a client comes, whether guests are welcome, and who it is then: null for nobody.</summary>
    public static TheoryData<string, bool, string?> Decisions { get; } = new()
    {
        { "nothing", true, null },
        { "simple alice", true, "alice" },
        { "simple alice", false, null },
        { "simple alice with a password", true, null },
        { "simple member with the password", false, "member" },
        { "simple member with another password", false, null },
        { "simple member with a password of 257 bytes", false, null },
        { "simple member", true, null },
        { "simple held", true, null },
        { "simple Not A Name", true, null },
        { "simple (empty)", true, null },
        { "bearer of held", true, "held" },
        { "bearer of held", false, null },
        { "bearer of the name's other token", true, null },
        { "bearer of a guest with a member's name", true, null },
        { "bearer of a user", false, "member" },
        { "bearer of nonsense", true, null },
        { "a type of its own", true, null },
    };

    [Theory]
    [MemberData(nameof(Decisions))]
    public async Task Authenticate_EachKindOfCredentials_GivesTheUserOrTheOneRefusal(string credentials, bool guestsAllowed, string? user)
    {
        using AccountWorld world = new(new AuthSettings { AllowGuests = guestsAllowed });
        Token held = world.Tokens.Describe("held", isGuest: true);
        Assert.True(await world.HoldAsync(held));
        Assert.True(await world.RegisterAsync("member", Password));
        AuthenticationMetadata? given = credentials switch
        {
            "nothing" => null,
            "simple alice" => AuthenticationMetadata.Simple("alice", ""),
            "simple alice with a password" => AuthenticationMetadata.Simple("alice", "secret"),
            "simple member with the password" => AuthenticationMetadata.Simple("member", Password),
            "simple member with another password" => AuthenticationMetadata.Simple("member", "wrong horse"),
            "simple member with a password of 257 bytes" => AuthenticationMetadata.Simple("member", new string('x', 257)),
            "simple member" => AuthenticationMetadata.Simple("member", ""),
            "simple held" => AuthenticationMetadata.Simple("held", ""),
            "simple Not A Name" => AuthenticationMetadata.Simple("Not A Name", ""),
            "simple (empty)" => AuthenticationMetadata.Simple("", ""),
            "bearer of held" => Bearer("held", isGuest: true, held),
            "bearer of the name's other token" => Bearer("held", isGuest: true),
            "bearer of a guest with a member's name" => Bearer("member", isGuest: true),
            "bearer of a user" => Bearer("member", isGuest: false),
            "bearer of nonsense" => AuthenticationMetadata.Bearer("nonsense"),
            _ => AuthenticationMetadata.Custom("own", new byte[] { 1 }),
        };

        if (user is not null)
        {
            Assert.Equal(user, (await SignInAsync(world, given)).User);
            return;
        }

        RSocketException refusal = await Assert.ThrowsAsync<RSocketException>(() => SignInAsync(world, given));
        Assert.Equal((ErrorCode.RejectedSetup, Authenticator.Refusal), (refusal.Code, refusal.Message));

        AuthenticationMetadata Bearer(string name, bool isGuest, Token? token = null) =>
            AuthenticationMetadata.Bearer(world.Tokens.Sign(token ?? world.Tokens.Describe(name, isGuest)));
    }

    [Fact]
    public async Task Authenticate_ByPassword_HasNoEnd_ByToken_HasTheTokens()
    {
        using AccountWorld world = new();
        await world.RegisterAsync("member", Password);
        Token token = world.Tokens.Describe("member", isGuest: false);
        Assert.Null((await SignInAsync(world, AuthenticationMetadata.Simple("member", Password))).Expires);
        Assert.Equal(token.Expires, (await SignInAsync(world, AuthenticationMetadata.Bearer(world.Tokens.Sign(token)))).Expires);
    }

    [Fact]
    public async Task Authenticate_TooManyWrongGuesses_AreRefusedForAMinute()
    {
        using AccountWorld world = new(new AuthSettings { AllowGuests = true }, new LimitSettings { SignInsPerMinute = 2 });
        AuthenticationMetadata wrong = AuthenticationMetadata.Simple("alice", "guess");
        AuthenticationMetadata right = AuthenticationMetadata.Simple("alice", "");
        for (int i = 0; i < 5; i++)
        {
            await SignInAsync(world, right); // what succeeds does not count
        }

        for (int i = 0; i < 2; i++)
        {
            await Assert.ThrowsAsync<RSocketException>(() => SignInAsync(world, wrong));
        }

        RSocketException limited = await Assert.ThrowsAsync<RSocketException>(() => SignInAsync(world, right));
        Assert.Equal(ErrorCode.RejectedSetup, limited.Code);
        Assert.StartsWith("rate_limited: Too many sign-ins from this address; try again in 60 s.", limited.Message, StringComparison.Ordinal);
        Assert.Equal("alice", (await SignInAsync(world, right, IPAddress.Parse("192.0.2.8"))).User);
        world.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("alice", (await SignInAsync(world, right)).User);
    }

    [Theory]
    [InlineData("member")]
    [InlineData("nobody")]
    public async Task Authenticate_GuessesFromManyAddresses_AreLimitedPerName_WhetherOrNotThereIsSuchAUser(string name)
    {
        using AccountWorld world = new(limits: new LimitSettings { FailedSignInsPerName = 3 });
        await world.RegisterAsync("member", Password);
        for (int i = 0; i < 3; i++)
        {
            RSocketException refused = await Assert.ThrowsAsync<RSocketException>(
                () => SignInAsync(world, AuthenticationMetadata.Simple(name, "a wrong one"), IPAddress.Parse($"192.0.2.{i}")));
            Assert.Equal(Authenticator.Refusal, refused.Message);
        }

        long hashed = world.Passwords.Operations;
        RSocketException limited = await Assert.ThrowsAsync<RSocketException>(() => SignInAsync(world, AuthenticationMetadata.Simple(name, Password), IPAddress.Parse("192.0.2.9")));
        Assert.StartsWith("rate_limited: Too many sign-ins failed for this name", limited.Message, StringComparison.Ordinal);
        Assert.Equal(hashed, world.Passwords.Operations);
    }

    [Theory]
    [InlineData("127.0.0.1", false, true)]
    [InlineData("::ffff:127.0.0.1", false, true)]
    [InlineData("127.0.0.1", true, false)]
    [InlineData("2001:db8::1", false, false)]
    public void SignInLimits_LoopbackIsExemptUnlessSaidOtherwise(string address, bool limitLoopback, bool hasRoom)
    {
        using AccountWorld world = new(limits: new LimitSettings { SignInsPerMinute = 1, FailedSignInsPerName = 1, LimitLoopback = limitLoopback });
        IPAddress from = IPAddress.Parse(address);
        Assert.Null(world.Limits.Take(from));
        Assert.Null(world.Limits.TakeGuess(from, "alice"));
        Assert.Equal(hasRoom, world.Limits.Take(from) is null);
        Assert.Equal(hasRoom, world.Limits.TakeGuess(from, "alice") is null);
    }

    [Fact]
    public void SignInLimits_OneNetworkOfIpv6_IsOneAddress()
    {
        using AccountWorld world = new(limits: new LimitSettings { SignInsPerMinute = 1 });
        Assert.Null(world.Limits.Take(IPAddress.Parse("2001:db8:0:1::1")));
        Assert.NotNull(world.Limits.Take(IPAddress.Parse("2001:db8:0:1:ffff::9")));
        Assert.Null(world.Limits.Take(IPAddress.Parse("2001:db8:0:2::1")));
    }

    private static Task<Identity> SignInAsync(AccountWorld world, AuthenticationMetadata? given, IPAddress? from = null) =>
        world.Authenticator.AuthenticateAsync(given, from ?? Somewhere, CancellationToken.None).AsTask();
}
