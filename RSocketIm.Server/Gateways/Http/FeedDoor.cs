using System.Globalization;
using System.Text;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Protocol.Streams;
using RSocketIm.Server.Accounts;
using RSocketIm.Server.Configuration;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Feeds;
using RSocketIm.Server.Signals;

namespace RSocketIm.Server.Gateways.Http;

/// <summary><c>GET /api/rooms/{room}/events</c> and <c>GET /api/inbox</c>: who asks, from where, and whether the answer is a stream or one page.</summary>
internal sealed class FeedDoor(
    HttpCallers callers, RouteCalls calls, ConnectionCount connections, PresenceTracker presence, ServerState state, ServerSettings settings, TimeProvider time)
{
    private const string EventStreamType = "text/event-stream";
    private const string LastEventIdHeader = "Last-Event-ID";

    private static readonly RestParameter After = new("after", ParameterKind.Number);
    private static readonly RestParameter Epoch = new("epoch");
    private static readonly RestParameter Limit = new("limit", ParameterKind.Number);
    private static readonly RestParameter Wait = new("wait", ParameterKind.Seconds);
    private static readonly RestParameter Positions = new("positions", ParameterKind.Json);
    private static readonly RestParameter Epochs = new("epochs", ParameterKind.Json);

    /// <summary>What the query of a room's events may hold.</summary>
    public static IReadOnlyList<RestParameter> RoomQuery { get; } = [After, Epoch, Limit, Wait];

    /// <summary>What the query of the inbox may hold.</summary>
    public static IReadOnlyList<RestParameter> InboxQuery { get; } = [Positions, Epochs, Limit, Wait];

    /// <summary>Adds both.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/rooms/{room}/events", context => AcceptsEventStream(context.Request) ? StreamAsync(context) : PollRoomAsync(context));
        routes.MapGet("/api/inbox", PollInboxAsync);
    }

    private static bool AcceptsEventStream(HttpRequest request) =>
        request.Headers.Accept.ToString().Contains(EventStreamType, StringComparison.OrdinalIgnoreCase);

    private async Task StreamAsync(HttpContext context)
    {
        Identity identity = await callers.RequireAsync(context).ConfigureAwait(false);
        using OpenResponse open = Open(context, identity);
        RoomFeed feed = (RoomFeed)calls.Open("rooms.feed", callers.CallerOf(identity, context), StreamRequest(context), open.Stopped);
        using EventStream events = new(context, feed, open, time);
        await events.WriteAsync(settings.LingerTimeout).ConfigureAwait(false);
    }

    private async Task PollRoomAsync(HttpContext context)
    {
        Identity identity = await callers.RequireAsync(context).ConfigureAwait(false);
        ReadOnlyMemory<byte> json = RequestJson.Read(context.Request.Query, RoomOf(context), After, Epoch, Limit, Wait);
        PollRequest request = PollRequest.Format.Read(DataFormat.Json, json);
        using OpenResponse open = Open(context, identity);
        RoomFeed feed = (RoomFeed)calls.Open("rooms.feed", callers.CallerOf(identity, context), json, open.Stopped);
        long after = feed.Cursor;
        using SourceReader reader = new(feed);
        Poll poll = new(context, reader, () => feed.Cursor >= feed.Room.Head, open, time);
        await poll.AnswerAsync(request.Wait, request.Limit, () => new RoomPollPage(feed, after, request.Limit)).ConfigureAwait(false);
    }

    private async Task PollInboxAsync(HttpContext context)
    {
        Identity identity = await callers.RequireAsync(context).ConfigureAwait(false);
        ReadOnlyMemory<byte> json = RequestJson.Read(context.Request.Query, null, Positions, Epochs, Limit, Wait);
        InboxPollRequest request = InboxPollRequest.Format.Read(DataFormat.Json, json);
        using OpenResponse open = Open(context, identity);
        InboxFeed feed = (InboxFeed)calls.Open("inbox.feed", callers.CallerOf(identity, context), json, open.Stopped);
        using SourceReader reader = new(feed);
        Poll poll = new(context, reader, () => feed.IsAtHead, open, time);
        string query = Encoding.UTF8.GetString(json.Span);
        await poll.AnswerAsync(request.Wait, request.Limit, () => new InboxPollPage(feed, query)).ConfigureAwait(false);
    }

    // A browser that comes back has in the header where it was; the address is still that of its first attempt.
    private static ReadOnlyMemory<byte> StreamRequest(HttpContext context)
    {
        string? last = context.Request.Headers[LastEventIdHeader];
        if (string.IsNullOrEmpty(last))
        {
            return RequestJson.Read(context.Request.Query, RoomOf(context), After, Epoch);
        }

        return long.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out long after)
            ? FeedRequest.Format.ToArray(DataFormat.Json, new FeedRequest { Room = RoomOf(context), After = after, Epoch = context.Request.Query[Epoch.Name] })
            : throw ContractError.BadRequest.ToException($"The header {LastEventIdHeader} is no whole number: it is the id of an event, which is its seq.");
    }

    private static string RoomOf(HttpContext context) => context.Request.RouteValues["room"] as string ?? "";

    private OpenResponse Open(HttpContext context, Identity identity)
    {
        IDisposable place;
        try
        {
            place = connections.Enter(context.Connection.RemoteIpAddress);
        }
        catch (RSocketException)
        {
            context.Response.Headers.RetryAfter = ConnectionCount.RetryAfter.TotalSeconds.ToString(CultureInfo.InvariantCulture);
            throw;
        }

        return new OpenResponse(identity, place, presence.Connect(identity.User), time, context.RequestAborted, state.Draining);
    }
}
