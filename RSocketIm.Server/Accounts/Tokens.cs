using System.Diagnostics.CodeAnalysis;
using System.Security.Claims;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using RSocketIm.Server.Configuration;
using RSocketIm.Server.Contracts;

namespace RSocketIm.Server.Accounts;

/// <summary>Issues and reads tokens: JWT (RFC 7519), signed and never encrypted, at most 8 KiB.</summary>
/// <remarks>
/// Ours are HS256. Those of other issuers are RS256 or ES256, with keys from a file: the key is found by issuer and
/// <c>kid</c> together, and the key says which algorithm it is for. What a token says of keys and addresses is not looked at.
/// </remarks>
internal sealed class Tokens
{
    public const int MaxBytes = 8 * 1024;

    /// <summary>How far another issuer's clock may be off. Our own is the one we compare with.</summary>
    public static readonly TimeSpan ForeignClockSkew = TimeSpan.FromSeconds(30);

    private const string GuestClaim = "guest";

    private readonly JsonWebTokenHandler handler = new() { MaximumTokenSizeInBytes = MaxBytes, MapInboundClaims = false, SetDefaultTimesOnTokenCreation = false };
    private readonly AuthSettings settings;
    private readonly TimeProvider time;
    private readonly SigningCredentials credentials;
    private readonly Dictionary<string, TrustedIssuer> issuers;
    private readonly TokenValidationParameters rules;

    /// <summary>Creates the issuer.</summary>
    public Tokens(AuthSettings settings, byte[] key, TimeProvider time)
    {
        this.settings = settings;
        this.time = time;
        SymmetricSecurityKey secret = new(key);
        credentials = new SigningCredentials(secret, SecurityAlgorithms.HmacSha256);
        issuers = settings.TrustedIssuers.Append(new TrustedIssuer(settings.Issuer, null, [secret])).ToDictionary(static one => one.Issuer, StringComparer.Ordinal);
        rules = new TokenValidationParameters
        {
            RequireSignedTokens = true,
            TryAllIssuerSigningKeys = false,
            IssuerSigningKeyResolver = (_, token, kid, _) => issuers.TryGetValue(token.Issuer ?? "", out TrustedIssuer? issuer) ? issuer.KeysFor(kid) : [],
            AlgorithmValidator = static (algorithm, key, _, _) => PublicKeyFile.AlgorithmOf(key) == algorithm,
            IssuerValidator = (issuer, _, _) => issuers.ContainsKey(issuer) ? issuer : throw new SecurityTokenInvalidIssuerException("The issuer is unknown."),
            AudienceValidator = (audiences, token, _) => issuers[token.Issuer].Audience is not { } wanted || audiences.Contains(wanted, StringComparer.Ordinal),
            LifetimeValidator = (notBefore, expires, token, _) =>
            {
                DateTime now = time.GetUtcNow().UtcDateTime;
                TimeSpan skew = SkewOf(token.Issuer);
                return expires > now - skew && (notBefore is null || notBefore <= now + skew);
            },
        };
    }

    /// <summary>Describes a new token for a user, valid from now on.</summary>
    public Token Describe(string user, bool isGuest)
    {
        // Whole seconds, as they stand in the token.
        DateTimeOffset expires = DateTimeOffset.FromUnixTimeSeconds((time.GetUtcNow() + settings.TokenLifetime).ToUnixTimeSeconds());
        return new Token(user, Guid.NewGuid().ToString("N"), isGuest, expires);
    }

    /// <summary>Signs a token.</summary>
    public string Sign(Token token) => handler.CreateToken(new SecurityTokenDescriptor
    {
        Issuer = settings.Issuer,
        IssuedAt = time.GetUtcNow().UtcDateTime,
        Expires = token.Expires.UtcDateTime,
        Subject = new ClaimsIdentity([new Claim(JwtRegisteredClaimNames.Sub, token.User), new Claim(JwtRegisteredClaimNames.Jti, token.Id)]),
        Claims = new Dictionary<string, object> { [GuestClaim] = token.IsGuest },
        SigningCredentials = credentials,
    });

    /// <summary>Reads a token.</summary>
    /// <returns>What it says; null when nobody we trust issued it, it was changed, or its time is over.</returns>
    public async ValueTask<Token?> ReadAsync(string text)
    {
        // Three parts: a signed token. Five would be an encrypted one, which is decrypted before it is looked at.
        if (text.Length > MaxBytes || text.AsSpan().Count('.') != 2)
        {
            return null;
        }

        TokenValidationResult result = await handler.ValidateTokenAsync(text, rules).ConfigureAwait(false);
        return result.IsValid && result.SecurityToken is JsonWebToken token && TryRead(token, out Token? read) ? read : null;
    }

    private TimeSpan SkewOf(string issuer) => issuer == settings.Issuer ? TimeSpan.Zero : ForeignClockSkew;

    private bool TryRead(JsonWebToken token, [NotNullWhen(true)] out Token? read)
    {
        read = null;

        // `crit` names extensions that must be understood (RFC 7515, 4.1.11); none is here.
        if (!UserId.IsValid(token.Subject) || token.TryGetHeaderValue("crit", out object? _))
        {
            return false;
        }

        bool isGuest = false;
        if (token.Issuer == settings.Issuer && (string.IsNullOrEmpty(token.Id) || !token.TryGetPayloadValue(GuestClaim, out isGuest)))
        {
            return false;
        }

        TimeSpan skew = SkewOf(token.Issuer);
        DateTimeOffset expires = new(token.ValidTo, TimeSpan.Zero);
        read = new Token(token.Subject, token.Id ?? "", isGuest, expires < DateTimeOffset.MaxValue - skew ? expires + skew : DateTimeOffset.MaxValue);
        return true;
    }
}
