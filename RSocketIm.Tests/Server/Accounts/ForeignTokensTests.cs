using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using RSocketIm.Server.Accounts;
using RSocketIm.Server.Configuration;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Server.Accounts;

/// <summary>Tokens of issuers whose public keys lie in a file.</summary>
public sealed class ForeignTokensTests : IDisposable
{
    private const string Issuer = "https://sso.example";

    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("rsocketim-test-");
    private readonly FakeTimeProvider time = new();
    private readonly RSA rsa = RSA.Create(2048);
    private readonly ECDsa curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public void Dispose()
    {
        rsa.Dispose();
        curve.Dispose();
        directory.Delete(recursive: true);
    }

    [Theory]
    [InlineData("RS256", "r1")]
    [InlineData("ES256", "e1")]
    public async Task Read_OfATokenSignedWithAKeyOfTheSet_GivesItsUser(string algorithm, string kid)
    {
        Token? token = await Trusting(WriteSet()).ReadAsync(Sign(algorithm, kid));
        Assert.Equal(("alice", false), (token!.User, token.IsGuest));
        Assert.Equal(time.GetUtcNow() + TimeSpan.FromMinutes(5) + Tokens.ForeignClockSkew, token.Expires);
    }

    [Theory]
    [InlineData("RS256", "whatever")]
    [InlineData("ES256", null)]
    public async Task Read_WithKeysFromPem_TakesAnyKid_ForPemHasNone(string algorithm, string? kid)
    {
        string pem = rsa.ExportSubjectPublicKeyInfoPem() + "\n" + curve.ExportSubjectPublicKeyInfoPem();
        Assert.NotNull(await Trusting(Write("keys.pem", pem)).ReadAsync(Sign(algorithm, kid)));
    }

    /// <summary>What is wrong with a token.</summary>
    public static TheoryData<string> Faults { get; } =
    [
        "alg none", "HS256 with the public key", "unknown kid", "kid of the other key", "unknown issuer", "our issuer", "expired", "not valid yet", "no exp", "no sub", "sub is no user",
        "other audience", "tampered", "encrypted", "too long", "critical extension", "keys of its own", "RS512",
    ];

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Read_OfAWrongToken_IsNothing(string fault)
    {
        Tokens tokens = Trusting(WriteSet(), audience: "chat");
        string right = Claims(audience: "chat");
        string text = fault switch
        {
            "alg none" => $"{Base64UrlEncoder.Encode("""{"alg":"none","kid":"r1"}""")}.{Base64UrlEncoder.Encode(right)}.",
            "HS256 with the public key" => new JsonWebTokenHandler().CreateToken(right, new SigningCredentials(
                new SymmetricSecurityKey(Encoding.UTF8.GetBytes(rsa.ExportSubjectPublicKeyInfoPem())) { KeyId = "r1" }, SecurityAlgorithms.HmacSha256)),
            "unknown kid" => Sign("RS256", "r2", right),
            "kid of the other key" => Sign("RS256", "e1", right),
            "unknown issuer" => Sign("RS256", "r1", Claims(audience: "chat", issuer: "https://evil.example")),
            "our issuer" => Sign("RS256", "r1", Claims(audience: "chat", issuer: "rsocketim")),
            "expired" => Sign("RS256", "r1", Claims(audience: "chat", seconds: -30)),
            "not valid yet" => Sign("RS256", "r1", right.Replace("\"sub\"", $"\"nbf\":{time.GetUtcNow().ToUnixTimeSeconds() + 31},\"sub\"", StringComparison.Ordinal)),
            "no exp" => Sign("RS256", "r1", $$"""{"iss":"{{Issuer}}","aud":"chat","sub":"alice"}"""),
            "no sub" => Sign("RS256", "r1", right.Replace("\"sub\"", "\"bus\"", StringComparison.Ordinal)),
            "sub is no user" => Sign("RS256", "r1", right.Replace("alice", "Alice Liddell", StringComparison.Ordinal)),
            "other audience" => Sign("RS256", "r1", Claims(audience: "mail")),
            "tampered" => Tamper(Sign("RS256", "r1", right)),
            "encrypted" => new JsonWebTokenHandler().CreateToken(right, new EncryptingCredentials(new RsaSecurityKey(rsa) { KeyId = "r1" }, SecurityAlgorithms.RsaOAEP, SecurityAlgorithms.Aes128CbcHmacSha256)),
            "too long" => Sign("RS256", "r1", right.Replace("\"sub\"", $"\"more\":\"{new string('x', 8_192)}\",\"sub\"", StringComparison.Ordinal)),
            "critical extension" => SignWithHeader(right, new() { ["crit"] = new List<string> { "ext" }, ["ext"] = 1 }),
            "keys of its own" => SignWithOwnKey(right),
            _ => Sign("RS512", "r1", right),
        };
        Assert.NotNull(await tokens.ReadAsync(Sign("RS256", "r1", right)));
        Assert.Null(await tokens.ReadAsync(text));
    }

    [Fact]
    public async Task Read_OfAnExpiredToken_AllowsForTheIssuersClock()
    {
        string text = Sign("RS256", "r1");
        Tokens tokens = Trusting(WriteSet());
        time.Advance(TimeSpan.FromMinutes(5) + TimeSpan.FromSeconds(29));
        Assert.NotNull(await tokens.ReadAsync(text));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(await tokens.ReadAsync(text));
    }

    [Fact]
    public async Task Read_WithTwoIssuersOfTheSameKid_KeepsTheirKeysApart()
    {
        using RSA others = RSA.Create(2048);
        string other = Write("other.json", Set(Jwk(others, "r1")));
        Tokens tokens = new(
            new AuthSettings
            {
                TrustedIssuers = [new TrustedIssuer(Issuer, null, PublicKeyFile.Read(WriteSet(), "k")), new TrustedIssuer("https://other.example", null, PublicKeyFile.Read(other, "k"))],
            },
            RandomNumberGenerator.GetBytes(32),
            time);
        Assert.NotNull(await tokens.ReadAsync(Sign("RS256", "r1")));
        Assert.Null(await tokens.ReadAsync(Sign("RS256", "r1", Claims(issuer: "https://other.example"))));
    }

    /// <summary>What a key file must not hold, and what the sentence says.</summary>
    public static TheoryData<string, string> BadFiles { get; } = new()
    {
        { "nothing", "no public key" },
        { "{\"keys\":[]}", "no public key" },
        { "{not json", "cannot be used" },
        { "private pem", "PRIVATE KEY" },
        { "private set", "is a secret" },
        { "{\"keys\":[{\"kty\":\"oct\",\"k\":\"c2VjcmV0\",\"kid\":\"o\"}]}", "is a secret" },
        { "short rsa", "1024 bits" },
        { "another curve", "P-256" },
        { "for encryption", "no public key" },
        { "RS512", "is for RS512" },
        { "same kid", "same kid" },
    };

    [Theory]
    [MemberData(nameof(BadFiles))]
    public void Start_WithABadKeyFile_IsRefusedWithASentence(string content, string sentence)
    {
        using RSA shortKey = RSA.Create(1024);
        using ECDsa other = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        string text = content switch
        {
            "private pem" => rsa.ExportPkcs8PrivateKeyPem(),
            "private set" => Set(Jwk(rsa, "r1").Replace("}", ",\"d\":\"AQAB\"}", StringComparison.Ordinal)),
            "short rsa" => shortKey.ExportSubjectPublicKeyInfoPem(),
            "another curve" => other.ExportSubjectPublicKeyInfoPem(),
            "for encryption" => Set(Jwk(rsa, "r1").Replace("}", ",\"use\":\"enc\"}", StringComparison.Ordinal)),
            "RS512" => Set(Jwk(rsa, "r1").Replace("}", ",\"alg\":\"RS512\"}", StringComparison.Ordinal)),
            "same kid" => Set(Jwk(rsa, "r1"), Jwk(rsa, "r1")),
            _ => content,
        };
        StartupException error = Assert.Throws<StartupException>(() => ReadSettings(("0:Issuer", Issuer), ("0:Path", Write("keys", text))));
        Assert.StartsWith("RSocketIm:Auth:Keys:0:Path is '", error.Message, StringComparison.Ordinal);
        Assert.Contains(sentence, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Start_WithAnIncompleteOrRepeatedIssuer_IsRefused()
    {
        string path = WriteSet();
        Assert.Throws<StartupException>(() => ReadSettings(("0:Issuer", Issuer)));
        Assert.Throws<StartupException>(() => ReadSettings(("0:Path", path)));
        Assert.Throws<StartupException>(() => ReadSettings(("0:Issuer", Issuer), ("0:Path", "/no/such/file")));
        Assert.Throws<StartupException>(() => ReadSettings(("0:Issuer", "rsocketim"), ("0:Path", path)));
        Assert.Throws<StartupException>(() => ReadSettings(("0:Issuer", Issuer), ("0:Path", path), ("1:Issuer", Issuer), ("1:Path", path)));
        TrustedIssuer read = Assert.Single(ReadSettings(("0:Issuer", Issuer), ("0:Path", path), ("0:Audience", "chat")).TrustedIssuers);
        Assert.Equal((Issuer, "chat", 2), (read.Issuer, read.Audience, read.Keys.Count));
    }

    private static AuthSettings ReadSettings(params (string Key, string Value)[] keys) => AuthSettings.Read(new SettingsReader(
        new ConfigurationBuilder().AddInMemoryCollection(keys.Select(static one => KeyValuePair.Create("RSocketIm:Auth:Keys:" + one.Key, (string?)one.Value))).Build()));

    private static string Set(params string[] keys) => $"{{\"keys\":[{string.Join(',', keys)}]}}";

    private static string Jwk(RSA key, string kid)
    {
        RSAParameters parts = key.ExportParameters(includePrivateParameters: false);
        return $$"""{"kty":"RSA","kid":"{{kid}}","n":"{{Base64UrlEncoder.Encode(parts.Modulus)}}","e":"{{Base64UrlEncoder.Encode(parts.Exponent)}}"}""";
    }

    private static string Tamper(string token)
    {
        string[] parts = token.Split('.');
        string claims = Base64UrlEncoder.Decode(parts[1]).Replace("alice", "admin", StringComparison.Ordinal);
        return $"{parts[0]}.{Base64UrlEncoder.Encode(claims)}.{parts[2]}";
    }

    private static string SignWithOwnKey(string claims)
    {
        using RSA own = RSA.Create(2048);
        string jwk = Jwk(own, "r1");
        return Sign(claims, own, $$"""{"alg":"RS256","kid":"r1","jku":"https://evil.example/keys","jwk":{{jwk}}}""");
    }

    private static string Sign(string claims, RSA key, string header)
    {
        string signed = $"{Base64UrlEncoder.Encode(header)}.{Base64UrlEncoder.Encode(claims)}";
        return $"{signed}.{Base64UrlEncoder.Encode(key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }

    private Tokens Trusting(string path, string? audience = null) => new(
        new AuthSettings { TrustedIssuers = [new TrustedIssuer(Issuer, audience, PublicKeyFile.Read(path, "RSocketIm:Auth:Keys:0:Path"))] },
        RandomNumberGenerator.GetBytes(32),
        time);

    private string WriteSet()
    {
        ECParameters parts = curve.ExportParameters(includePrivateParameters: false);
        string point = $$"""{"kty":"EC","crv":"P-256","kid":"e1","use":"sig","alg":"ES256","x":"{{Base64UrlEncoder.Encode(parts.Q.X)}}","y":"{{Base64UrlEncoder.Encode(parts.Q.Y)}}"}""";
        return Write("keys.json", Set(Jwk(rsa, "r1"), point));
    }

    private string Write(string name, string text)
    {
        string path = Path.Combine(directory.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }

    private string Claims(string issuer = Issuer, string? audience = null, int seconds = 300)
    {
        long expires = time.GetUtcNow().ToUnixTimeSeconds() + seconds;
        string aud = audience is null ? "" : $"\"aud\":\"{audience}\",";
        return $$"""{"iss":"{{issuer}}",{{aud}}"sub":"alice","exp":{{expires}}}""";
    }

    private string Sign(string algorithm, string? kid, string? claims = null)
    {
        SecurityKey key = algorithm == "ES256" ? new ECDsaSecurityKey(curve) : new RsaSecurityKey(rsa);
        key.KeyId = kid;
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(claims ?? Claims(), new SigningCredentials(key, algorithm));
    }

    private string SignWithHeader(string claims, Dictionary<string, object> extra)
    {
        extra["alg"] = "RS256";
        extra["kid"] = "r1";
        return Sign(claims, rsa, System.Text.Json.JsonSerializer.Serialize(extra));
    }
}
