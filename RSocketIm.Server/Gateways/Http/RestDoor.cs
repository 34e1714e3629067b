using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Server.Accounts;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Routing;

namespace RSocketIm.Server.Gateways.Http;

/// <summary>The twins of the routes, and <c>POST /api/tickets</c>.</summary>
internal sealed class RestDoor(HttpCallers callers, RouteCalls calls, Tickets tickets)
{
    /// <summary>Adds them all.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        foreach (RestTwin twin in RestTwins.All)
        {
            routes.MapMethods(twin.Pattern, [twin.Method], context => ServeAsync(context, twin));
        }

        routes.MapPost("/api/echo", EchoAsync);
        routes.MapPost("/api/tickets", IssueAsync);
    }

    private async Task ServeAsync(HttpContext context, RestTwin twin)
    {
        Caller caller = callers.CallerOf(await callers.RequireAsync(context).ConfigureAwait(false), context);
        ReadOnlyMemory<byte> request = await RequestJson.ReadAsync(context, twin).ConfigureAwait(false);
        if (!calls.Responds(twin.Route))
        {
            calls.Take(twin.Route, caller, request);
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }

        Payload answer = await calls.RespondAsync(twin.Route, caller, request, context.RequestAborted).ConfigureAwait(false);
        await AnswerAsync(context, answer.Data).ConfigureAwait(false);
    }

    // The same bytes, of whatever type they are.
    private async Task EchoAsync(HttpContext context)
    {
        Caller caller = callers.CallerOf(await callers.RequireAsync(context).ConfigureAwait(false), context);
        using MemoryStream body = new();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted).ConfigureAwait(false);
        Payload answer = await calls.RespondAsync("system.echo", caller, body.ToArray(), context.RequestAborted).ConfigureAwait(false);
        await AnswerAsync(context, answer.Data, "application/octet-stream").ConfigureAwait(false);
    }

    private async Task IssueAsync(HttpContext context)
    {
        TicketAnswer answer = tickets.Issue(await callers.RequireAsync(context).ConfigureAwait(false));
        await AnswerAsync(context, TicketAnswer.Format.ToArray(DataFormat.Json, answer)).ConfigureAwait(false);
    }

    private static async Task AnswerAsync(HttpContext context, ReadOnlyMemory<byte> body, string type = "application/json")
    {
        context.Response.ContentType = type;
        context.Response.ContentLength = body.Length;
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.Body.WriteAsync(body, context.RequestAborted).ConfigureAwait(false);
    }
}
