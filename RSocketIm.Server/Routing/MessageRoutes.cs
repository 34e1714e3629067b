using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Server.Configuration;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Feeds;
using RSocketIm.Server.Rooms;

namespace RSocketIm.Server.Routing;

/// <summary><c>messages.</c></summary>
internal sealed class MessageRoutes(ChatRooms rooms, RoomFeeds feeds, MessageSearch search, ServerSettings settings, ServerState state) : IRouteFamily
{
    public void Add(RouteTableBuilder routes)
    {
        RecordFormat<MessageSend> messages = MessageSend.CreateFormat(settings.Limits.MaxTextBytes);
        routes["messages.publish"].Channel = (call, incoming) =>
        {
            string user = call.Caller.User;
            SendWindow window = new(message => rooms.SendAsync(user, message, CancellationToken.None), SendWindow.DefaultWindow, SendWindow.DefaultMaxAnswers);
            return new PublishSource(window, call.Read(messages), messages, call.Caller.Format, incoming, state.Draining);
        };
        routes.Respond(
            "messages.send",
            messages,
            MessageSent.Format,
            (caller, request, cancelled) => rooms.SendAsync(caller.User, request, cancelled));
        routes.Respond(
            "messages.edit",
            MessageEdit.CreateFormat(settings.Limits.MaxTextBytes),
            EntryResult.Format,
            (caller, request, cancelled) => rooms.EditAsync(caller.User, request, cancelled));
        routes.Respond("messages.delete", MessageDelete.Format, EntryResult.Format, (caller, request, cancelled) => rooms.DeleteAsync(caller.User, request, cancelled));
        routes.Respond("messages.react", MessageReact.Format, EntryResult.Format, (caller, request, cancelled) => rooms.ReactAsync(caller.User, request, cancelled));
        routes.Respond(
            "messages.history",
            HistoryRequest.Format,
            HistoryPage.Format,
            (caller, request, cancelled) => feeds.HistoryAsync(caller.User, request, cancelled));
        routes.Respond("messages.search", SearchRequest.Format, SearchPage.Format, (caller, request, cancelled) => search.FindAsync(caller.User, request, cancelled));
    }
}
