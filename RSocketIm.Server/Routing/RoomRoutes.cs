using RSocketIm.Server.Contracts;
using RSocketIm.Server.Rooms;

namespace RSocketIm.Server.Routing;

/// <summary><c>rooms.</c> but for the feeds.</summary>
internal sealed class RoomRoutes(ChatRooms rooms) : IRouteFamily
{
    private static readonly EmptyRecord Done = new();

    public void Add(RouteTableBuilder routes)
    {
        routes.Respond("rooms.create", RoomCreate.Format, RoomInfo.Format, (caller, request, cancelled) => rooms.CreateAsync(caller.User, request, cancelled));
        routes.Respond("rooms.join", RoomRef.Format, RoomInfo.Format, (caller, request, cancelled) => rooms.JoinAsync(caller.User, request.Room, cancelled));
        routes.Respond("rooms.leave", RoomRef.Format, EmptyRecord.Format, async (caller, request, cancelled) =>
        {
            await rooms.LeaveAsync(caller.User, request.Room, cancelled).ConfigureAwait(false);
            return Done;
        });
        routes.Respond("rooms.list", RoomList.Format, RoomPage.Format, (caller, request) => rooms.List(caller.User, request));
        routes.Respond("rooms.get", RoomRef.Format, RoomInfo.Format, (caller, request) => rooms.GetInfo(caller.User, request.Room));
    }
}
