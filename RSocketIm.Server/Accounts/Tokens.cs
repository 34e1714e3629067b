using System.Diagnostics.CodeAnalysis;
using System.Security.Claims;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using RSocketIm.Server.Configuration;
using RSocketIm.Server.Contracts;

namespace RSocketIm.Server.Accounts;

/// <summary>Issues and reads tokens: JWT (RFC 7519), signed with HS256 and nothing else, never encrypted, at most 8 KiB.</summary>
internal sealed class Tokens
{
    public const int MaxBytes = 8 * 1024;

    private const string GuestClaim = "guest";

    private readonly JsonWebTokenHandler handler = new() { MaximumTokenSizeInBytes = MaxBytes, MapInboundClaims = false, SetDefaultTimesOnTokenCreation = false };
    private readonly AuthSettings settings;
    private readonly TimeProvider time;
    private readonly SigningCredentials credentials;
    private readonly TokenValidationParameters rules;

    /// <summary>Creates the issuer.</summary>
    public Tokens(AuthSettings settings, byte[] key, TimeProvider time)
    {
        this.settings = settings;
        this.time = time;
        SymmetricSecurityKey secret = new(key);
        credentials = new SigningCredentials(secret, SecurityAlgorithms.HmacSha256);
        rules = new TokenValidationParameters
        {
            ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
            IssuerSigningKey = secret,
            ValidIssuer = settings.Issuer,
            ValidateAudience = false, // the issuer is the audience
            RequireExpirationTime = true,
            RequireSignedTokens = true,
            LifetimeValidator = (notBefore, expires, _, _) =>
            {
                DateTime now = time.GetUtcNow().UtcDateTime;
                return expires > now && (notBefore is null || notBefore <= now);
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
    /// <returns>What it says; null when it is not one of ours, changed, or over.</returns>
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

    private static bool TryRead(JsonWebToken token, [NotNullWhen(true)] out Token? read)
    {
        read = null;
        if (!UserId.IsValid(token.Subject) || string.IsNullOrEmpty(token.Id) || !token.TryGetPayloadValue(GuestClaim, out bool isGuest))
        {
            return false;
        }

        read = new Token(token.Subject, token.Id, isGuest, new DateTimeOffset(token.ValidTo, TimeSpan.Zero));
        return true;
    }
}
