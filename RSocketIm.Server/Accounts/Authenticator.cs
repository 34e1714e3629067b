using System.Net;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads.Metadata;
using RSocketIm.Server.Contracts;

namespace RSocketIm.Server.Accounts;

/// <summary>From credentials to a user, or a refusal that does not tell which half of them was wrong.</summary>
internal sealed class Authenticator(Tokens tokens, Guests guests, AccountDesk desk, SignInLimits limits)
{
    /// <summary>The one answer to credentials that are wrong, in whatever way.</summary>
    public const string Refusal = "unauthenticated: The credentials are missing, wrong or no longer valid.";

    /// <summary>Finds out who comes with an authentication entry.</summary>
    /// <param name="authentication">The entry; null: none.</param>
    /// <param name="address">Where the client is, for the limit on attempts.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="RSocketException">REJECTED_SETUP: nobody, too often, or the store failed.</exception>
    public async ValueTask<Identity> AuthenticateAsync(AuthenticationMetadata? authentication, IPAddress? address, CancellationToken cancellationToken)
    {
        try
        {
            switch (authentication?.Kind)
            {
                case AuthenticationKind.Bearer:
                    Token? token = await FromTokenAsync(authentication.Token, cancellationToken).ConfigureAwait(false);
                    return token is null ? throw Refused() : new Identity(token.User, token.Expires);
                case AuthenticationKind.Simple when limits.Take(address) is { } wait:
                    throw TooMany("from this address", wait);
                case AuthenticationKind.Simple:
                    Identity user = await FromSimpleAsync(authentication, address, cancellationToken).ConfigureAwait(false);
                    limits.GiveBack(address); // only failures count
                    return user;
                default:
                    throw Refused();
            }
        }
        catch (RSocketException error) when (ContractErrors.IsContractError(error.Code))
        {
            throw new RSocketException(ErrorCode.RejectedSetup, error.Message, error); // on stream 0 the spec's codes are spoken
        }
    }

    /// <summary>Whether this is an account's password; a failure counts against the name.</summary>
    /// <returns>False: it is not. The wait when there were too many failures; then nothing was looked at.</returns>
    public async ValueTask<(bool IsRight, TimeSpan? Wait)> CheckPasswordAsync(string name, string password, IPAddress? address, CancellationToken cancellationToken)
    {
        if (limits.TakeGuess(address, name) is { } wait)
        {
            return (false, wait);
        }

        bool counts = false;
        try
        {
            // What cannot be a password needs no hash: its length tells nothing about the user.
            bool isRight = Passwords.IsPossible(password) && await desk.IsRightAsync(name, password, cancellationToken).ConfigureAwait(false);
            counts = !isRight;
            return (isRight, null);
        }
        finally
        {
            if (!counts)
            {
                limits.GiveBackGuess(address, name);
            }
        }
    }

    /// <summary>Reads a token that is valid now; null when it is not.</summary>
    public async ValueTask<Token?> FromTokenAsync(string text, CancellationToken cancellationToken)
    {
        Token? token = await tokens.ReadAsync(text).ConfigureAwait(false);
        bool isHeld = token is { IsGuest: false }
            || (token is not null && guests.AreAllowed && await guests.TryHoldAsync(token, cancellationToken).ConfigureAwait(false));
        return isHeld ? token : null;
    }

    private static RSocketException Refused() => new(ErrorCode.RejectedSetup, Refusal);

    private static RSocketException TooMany(string what, TimeSpan wait) =>
        ContractError.RateLimited.ToException($"Too many sign-ins {what}; try again in {Math.Ceiling(wait.TotalSeconds)} s.");

    private async ValueTask<Identity> FromSimpleAsync(AuthenticationMetadata simple, IPAddress? address, CancellationToken cancellationToken)
    {
        string name = simple.UserName;
        if (!UserId.IsValid(name))
        {
            throw Refused();
        }

        if (simple.Password.Length == 0)
        {
            return guests.AreAllowed && await guests.IsFreeAsync(name, cancellationToken).ConfigureAwait(false) ? new Identity(name, null) : throw Refused();
        }

        (bool isRight, TimeSpan? wait) = await CheckPasswordAsync(name, simple.Password, address, cancellationToken).ConfigureAwait(false);
        return isRight ? new Identity(name, null) : throw (wait is { } time ? TooMany("failed for this name", time) : Refused());
    }
}
