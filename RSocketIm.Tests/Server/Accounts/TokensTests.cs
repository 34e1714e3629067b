using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using RSocketIm.Server.Accounts;
using RSocketIm.Server.Configuration;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Server.Accounts;

public sealed class TokensTests
{
    private static readonly byte[] Key = RandomNumberGenerator.GetBytes(32);

    private readonly FakeTimeProvider time = new();
    private readonly Tokens tokens;

    public TokensTests() => tokens = new Tokens(new AuthSettings(), Key, time);

    [Fact]
    public async Task Read_OfATokenOfOurs_SaysWhatWasSigned()
    {
        Token issued = tokens.Describe("alice", isGuest: true);
        Assert.Equal(issued, await tokens.ReadAsync(tokens.Sign(issued)));
    }

    [Fact]
    public async Task Read_AfterTheLifetime_IsNothing()
    {
        string text = tokens.Sign(tokens.Describe("alice", isGuest: true));
        time.Advance(TimeSpan.FromHours(24) - TimeSpan.FromSeconds(1));
        Assert.NotNull(await tokens.ReadAsync(text));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(await tokens.ReadAsync(text));
    }

    [Fact]
    public async Task Read_WithAnyCharacterChanged_IsNothing()
    {
        string text = tokens.Sign(tokens.Describe("alice", isGuest: false));
        for (int i = 0; i < text.Length - 1; i++) // the last character of base64url holds bits that count for nothing
        {
            char other = text[i] == 'A' ? 'B' : 'A';
            Assert.Null(await tokens.ReadAsync(text[..i] + other + text[(i + 1)..]));
        }
    }

    [Fact]
    public async Task Read_OfAnotherKeyOrIssuer_IsNothing()
    {
        Token token = tokens.Describe("alice", isGuest: false);
        Assert.Null(await tokens.ReadAsync(new Tokens(new AuthSettings(), RandomNumberGenerator.GetBytes(32), time).Sign(token)));
        Assert.Null(await tokens.ReadAsync(new Tokens(new AuthSettings { Issuer = "another" }, Key, time).Sign(token)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("nonsense")]
    [InlineData("a.b.c")]
    [InlineData("a.b.c.d.e")]
    public async Task Read_OfWhatIsNoToken_IsNothing(string text) => Assert.Null(await tokens.ReadAsync(text));

    [Fact]
    public async Task Read_OfAnUnsignedToken_IsNothing()
    {
        string claims = tokens.Sign(tokens.Describe("alice", isGuest: false)).Split('.')[1];
        string header = Base64UrlEncoder.Encode("""{"alg":"none","typ":"JWT"}""");
        Assert.Null(await tokens.ReadAsync($"{header}.{claims}."));
    }

    [Fact]
    public async Task Read_OfAnotherAlgorithm_IsNothingEvenWithOurKey()
    {
        byte[] longKey = RandomNumberGenerator.GetBytes(64);
        Tokens ours = new(new AuthSettings(), longKey, time);
        string claims = Encoding.UTF8.GetString(Base64UrlEncoder.DecodeBytes(ours.Sign(ours.Describe("alice", false)).Split('.')[1]));
        SigningCredentials other = new(new SymmetricSecurityKey(longKey), SecurityAlgorithms.HmacSha512);
        Assert.Null(await ours.ReadAsync(new JsonWebTokenHandler().CreateToken(claims, other)));
    }

    [Fact]
    public async Task Read_OfMoreThanEightKibibytes_IsNothing()
    {
        SigningCredentials credentials = new(new SymmetricSecurityKey(Key), SecurityAlgorithms.HmacSha256);
        long expires = (time.GetUtcNow() + TimeSpan.FromHours(1)).ToUnixTimeSeconds();
        Assert.NotNull(await tokens.ReadAsync(Make("")));
        Assert.Null(await tokens.ReadAsync(Make(new string('x', 8_192))));

        string Make(string more) => new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(
            $$"""{"iss":"rsocketim","sub":"alice","jti":"1","guest":false,"exp":{{expires}},"more":"{{more}}"}""", credentials);
    }
}
