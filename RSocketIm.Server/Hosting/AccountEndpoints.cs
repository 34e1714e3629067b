using System.Buffers;
using System.Globalization;
using System.Net;
using Microsoft.Net.Http.Headers;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Server.Configuration;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Accounts;
using RSocketIm.Server.Gateways;
using RSocketIm.Server.Signals;

namespace RSocketIm.Server.Hosting;

/// <summary>The HTTP routes below <c>/api</c> by which people get a token.</summary>
internal sealed class AccountEndpoints(
    Tokens tokens, Guests guests, AccountDesk desk, Authenticator authenticator, SignInLimits limits, PresenceTracker presence, ServerSettings settings)
{
    /// <summary>Adds the routes.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/guest", context => ServeAsync(context, GuestRequest.Format, PostGuestAsync));
        routes.MapPost("/api/register", context => ServeAsync(context, AccountRequest.Registration, PostRegisterAsync));
        routes.MapPost("/api/login", context => ServeAsync(context, AccountRequest.Login, PostLoginAsync));
    }

    // What the three have in common: a body of JSON, not from a stranger's page, not too often.
    private async Task ServeAsync<T>(HttpContext context, RecordFormat<T> format, Func<T, HttpContext, Task> serve)
        where T : class
    {
        string? origin = context.Request.Headers.Origin;
        if (!OriginPolicy.Allows(origin, context.Request.Host.Value, settings.AllowedOrigins))
        {
            await Problems.WriteAsync(context, ContractError.Forbidden, $"Pages of {origin} may not sign in here.").ConfigureAwait(false);
            return;
        }

        using MemoryStream body = new();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted).ConfigureAwait(false); // at most 64 KiB, see ServerApp
        T request = format.Read(DataFormat.Json, new ReadOnlySequence<byte>(body.GetBuffer(), 0, (int)body.Length));
        if (!IsJson(context.Request))
        {
            throw ContractError.BadRequest.ToException($"Content-Type is {context.Request.ContentType}; the body is application/json.");
        }

        if (limits.Take(AddressOf(context)) is { } wait)
        {
            await TooManyAsync(context, "Too many sign-ins from this address", wait).ConfigureAwait(false);
            return;
        }

        await serve(request, context).ConfigureAwait(false);
    }

    private async Task PostGuestAsync(GuestRequest request, HttpContext context)
    {
        if (!guests.AreAllowed)
        {
            throw ContractError.Forbidden.ToException("This server takes no guests.");
        }

        Token token = tokens.Describe(request.Name, isGuest: true);
        if (!await guests.TryHoldAsync(token, context.RequestAborted).ConfigureAwait(false))
        {
            throw Taken(request.Name);
        }

        await AnswerAsync(context, token).ConfigureAwait(false);
    }

    private async Task PostRegisterAsync(AccountRequest request, HttpContext context)
    {
        // A guest who is here without a token holds no name, but would be this account for as long as the connection lasts.
        if (presence.OnlineSince(request.Name) is not null
            || !await desk.RegisterAsync(request.Name, request.Password, context.RequestAborted).ConfigureAwait(false))
        {
            throw Taken(request.Name);
        }

        await AnswerAsync(context, tokens.Describe(request.Name, isGuest: false)).ConfigureAwait(false);
    }

    private async Task PostLoginAsync(AccountRequest request, HttpContext context)
    {
        (bool isRight, TimeSpan? wait) = await authenticator.CheckPasswordAsync(
            request.Name, request.Password, AddressOf(context), context.RequestAborted).ConfigureAwait(false);
        if (wait is { } time)
        {
            await TooManyAsync(context, "Too many sign-ins failed for this name", time).ConfigureAwait(false);
            return;
        }

        if (!isRight)
        {
            throw ContractError.Unauthenticated.ToException("The name or the password is wrong.");
        }

        await AnswerAsync(context, tokens.Describe(request.Name, isGuest: false)).ConfigureAwait(false);
    }

    private static IPAddress? AddressOf(HttpContext context) => context.Connection.RemoteIpAddress;

    private static Protocol.RSocketException Taken(string name) => ContractError.Conflict.ToException($"The name {name} is taken.");

    // No type at all is taken for JSON: command-line tools leave it out.
    private static bool IsJson(HttpRequest request) =>
        string.IsNullOrEmpty(request.ContentType)
        || (MediaTypeHeaderValue.TryParse(request.ContentType, out MediaTypeHeaderValue? type) && type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase));

    private static Task TooManyAsync(HttpContext context, string what, TimeSpan wait)
    {
        string seconds = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        context.Response.Headers.RetryAfter = seconds;
        return Problems.WriteAsync(context, ContractError.RateLimited, $"{what}; try again in {seconds} s.");
    }

    private async Task AnswerAsync(HttpContext context, Token token)
    {
        SignedIn answer = new() { User = token.User, Token = tokens.Sign(token), ExpiresAt = token.Expires.ToUnixTimeMilliseconds() };
        context.Response.ContentType = "application/json";
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.Body.WriteAsync(SignedIn.Format.ToArray(DataFormat.Json, answer), context.RequestAborted).ConfigureAwait(false);
    }
}
