using System.Buffers;
using System.Net;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Server.Contracts;

namespace RSocketIm.Server.Accounts;

/// <summary>The HTTP routes below <c>/api</c> by which people get a token.</summary>
internal sealed class AccountEndpoints(Tokens tokens, Guests guests, SignInLimits limits)
{
    /// <summary>Adds the routes.</summary>
    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/api/guest", PostGuestAsync);

    /// <summary>Reserves a name for a guest.</summary>
    /// <param name="name">The name.</param>
    /// <param name="address">Where the guest is.</param>
    /// <exception cref="RSocketException"><c>forbidden</c>, <c>conflict</c>, <c>rate_limited</c> or <c>unavailable</c>.</exception>
    public SignedIn SignInGuest(string name, IPAddress? address)
    {
        if (!guests.AreAllowed)
        {
            throw ContractError.Forbidden.ToException("This server takes no guests.");
        }

        if (!limits.HasRoom(address))
        {
            throw ContractError.RateLimited.ToException("Too many sign-ins from this address; try again in a minute.");
        }

        limits.Count(address);
        Token token = tokens.Describe(name, isGuest: true);
        return guests.TryHold(token)
            ? new SignedIn { User = name, Token = tokens.Sign(token), ExpiresAt = token.Expires.ToUnixTimeMilliseconds() }
            : throw ContractError.Conflict.ToException($"The name {name} is taken.");
    }

    private async Task PostGuestAsync(HttpContext context)
    {
        using MemoryStream body = new();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted).ConfigureAwait(false); // at most 64 KiB, see ServerApp
        GuestRequest request = GuestRequest.Format.Read(DataFormat.Json, new ReadOnlySequence<byte>(body.GetBuffer(), 0, (int)body.Length));
        SignedIn answer = SignInGuest(request.Name, context.Connection.RemoteIpAddress);
        context.Response.ContentType = "application/json";
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.Body.WriteAsync(SignedIn.Format.ToArray(DataFormat.Json, answer), context.RequestAborted).ConfigureAwait(false);
    }
}
