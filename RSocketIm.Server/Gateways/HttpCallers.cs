using RSocketIm.Protocol;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Server.Accounts;
using RSocketIm.Server.Configuration;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Routing;

namespace RSocketIm.Server.Gateways;

/// <summary>Who makes an HTTP request: a token in the header <c>Authorization</c>, or a ticket in the address of a GET.</summary>
internal sealed class HttpCallers(Authenticator authenticator, Tickets tickets, ServerSettings settings)
{
    /// <summary>The key of a ticket in an address.</summary>
    public const string TicketKey = "ticket";

    /// <summary>Finds out who it is.</summary>
    /// <exception cref="RSocketException"><c>unauthenticated</c>.</exception>
    public async ValueTask<Identity> RequireAsync(HttpContext context) =>
        await FindAsync(context).ConfigureAwait(false)
        ?? throw ContractError.Unauthenticated.ToException("This needs a token in the header Authorization (Bearer), from /api/login, /api/guest or /api/register.");

    /// <summary>Finds out who it is, if the request says so at all.</summary>
    /// <returns>Null: it has neither token nor ticket.</returns>
    /// <exception cref="RSocketException"><c>unauthenticated</c>: what it has is not good.</exception>
    public async ValueTask<Identity?> FindAsync(HttpContext context)
    {
        if (BearerToken.Of(context.Request) is { } text)
        {
            return await FromTokenAsync(text, context.RequestAborted).ConfigureAwait(false);
        }

        // Not on what changes anything: a ticket is for what a page can open by an address alone. A WebSocket over HTTP/2 is a CONNECT.
        if (context.Request.Query[TicketKey].ToString() is { Length: > 0 } ticket && (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsConnect(context.Request.Method)))
        {
            return tickets.Take(ticket) ?? throw ContractError.Unauthenticated.ToException("The ticket is unknown, used, or older than 30 s; get another.");
        }

        return null;
    }

    /// <summary>Whose token this is.</summary>
    /// <exception cref="RSocketException"><c>unauthenticated</c>.</exception>
    public async ValueTask<Identity> FromTokenAsync(string text, CancellationToken cancellationToken)
    {
        Token? token = await authenticator.FromTokenAsync(text, cancellationToken).ConfigureAwait(false);
        return token is null
            ? throw ContractError.Unauthenticated.ToException(ContractErrors.SentenceOf(Authenticator.Refusal))
            : new Identity(token.User, token.Expires);
    }

    /// <summary>The caller as handlers know one.</summary>
    public Caller CallerOf(Identity identity, HttpContext context) => new(identity.User, context.Connection.Id, settings.Node, DataFormat.Json);
}
