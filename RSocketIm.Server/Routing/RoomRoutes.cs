using RSocketIm.Server.Contracts;
using RSocketIm.Server.Rooms;
using RSocketIm.Server.Signals;

namespace RSocketIm.Server.Routing;

/// <summary><c>rooms.</c> but for the feeds.</summary>
internal sealed class RoomRoutes(ChatRooms rooms, PresenceViews presence) : IRouteFamily
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
        routes.Respond("rooms.list", RoomList.Format, RoomPage.Format, (caller, request, cancelled) => rooms.ListAsync(caller.User, request, cancelled));
        routes.Respond("rooms.get", RoomRef.Format, RoomInfo.Format, (caller, request, cancelled) => rooms.GetInfoAsync(caller.User, request.Room, cancelled));
        routes.Respond("rooms.open", RoomOpen.Format, RoomInfo.Format, (caller, request, cancelled) => rooms.OpenAsync(caller.User, request, cancelled));
        routes.Respond("rooms.update", RoomUpdate.Format, RoomInfo.Format, (caller, request, cancelled) => rooms.UpdateAsync(caller.User, request, cancelled));
        routes.Respond("rooms.members", MemberList.Format, MemberPage.Format, (caller, request) => presence.Members(caller.User, request));
        routes.Respond("rooms.invite", MemberAction.Format, SeqResult.Format, (caller, request, cancelled) => rooms.InviteAsync(caller.User, request, cancelled));
        routes.Respond("rooms.remove", MemberAction.Format, SeqResult.Format, (caller, request, cancelled) => rooms.RemoveAsync(caller.User, request, cancelled));
        routes.Respond("rooms.ban", MemberAction.Format, SeqResult.Format, (caller, request, cancelled) => rooms.BanAsync(caller.User, request, cancelled));
        routes.Respond("rooms.role", MemberAction.FormatOfRole, SeqResult.Format, (caller, request, cancelled) => rooms.SetRoleAsync(caller.User, request, cancelled));
    }
}
