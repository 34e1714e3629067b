using RSocketIm.Server.Contracts;
using RSocketIm.Server.Feeds;
using RSocketIm.Server.Hosting;
using RSocketIm.Server.Rooms;

namespace RSocketIm.Server.Routing;

/// <summary><c>messages.</c></summary>
internal sealed class MessageRoutes(ChatRooms rooms, RoomFeeds feeds, ServerSettings settings) : IRouteFamily
{
    public void Add(RouteTableBuilder routes)
    {
        routes.Respond(
            "messages.send",
            MessageSend.CreateFormat(settings.Limits.MaxTextBytes),
            MessageSent.Format,
            (caller, request, cancelled) => rooms.SendAsync(caller.User, request, cancelled));
        routes.Respond(
            "messages.history",
            HistoryRequest.Format,
            HistoryPage.Format,
            (caller, request, cancelled) => feeds.HistoryAsync(caller.User, request, cancelled));
    }
}
