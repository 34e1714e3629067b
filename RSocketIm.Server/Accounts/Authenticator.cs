using System.Net;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads.Metadata;
using RSocketIm.Server.Contracts;

namespace RSocketIm.Server.Accounts;

/// <summary>From credentials to a user, or a refusal that does not tell which half of them was wrong.</summary>
internal sealed class Authenticator(Tokens tokens, Guests guests, SignInLimits limits)
{
    /// <summary>The one answer to credentials that are wrong, in whatever way.</summary>
    public const string Refusal = "unauthenticated: The credentials are missing, wrong or no longer valid.";

    /// <summary>Finds out who comes with an authentication entry.</summary>
    /// <param name="authentication">The entry; null: none.</param>
    /// <param name="address">Where the client is, for the limit on attempts.</param>
    /// <returns>The user.</returns>
    /// <exception cref="RSocketException">Nobody.</exception>
    public async ValueTask<string> AuthenticateAsync(AuthenticationMetadata? authentication, IPAddress? address)
    {
        switch (authentication?.Kind)
        {
            case AuthenticationKind.Bearer:
                return await FromTokenAsync(authentication.Token).ConfigureAwait(false) ?? throw Refused();
            case AuthenticationKind.Simple when !limits.HasRoom(address):
                throw new RSocketException(ErrorCode.RejectedSetup, "rate_limited: Too many sign-ins from this address; try again in a minute.");
            case AuthenticationKind.Simple:
                if (IsFreeGuest(authentication))
                {
                    return authentication.UserName;
                }

                limits.Count(address);
                throw Refused();
            default:
                throw Refused();
        }
    }

    /// <summary>The user of a token that is valid now; null when there is none.</summary>
    public async ValueTask<string?> FromTokenAsync(string text)
    {
        Token? token = await tokens.ReadAsync(text).ConfigureAwait(false);
        return token is null || (token.IsGuest && !(guests.AreAllowed && guests.TryHold(token))) ? null : token.User;
    }

    private static RSocketException Refused() => new(ErrorCode.RejectedSetup, Refusal);

    private bool IsFreeGuest(AuthenticationMetadata simple) =>
        simple.Password.Length == 0 && guests.AreAllowed && UserId.IsValid(simple.UserName) && guests.IsFree(simple.UserName);
}
