using RSocketIm.Protocol;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Rooms;

/// <summary>Who may do what in a room. Whoever may not see a room learns nothing but that there is no such room.</summary>
internal static class Rights
{
    /// <summary>Whether the room exists for this user.</summary>
    public static bool CanSee(RoomKind kind, MemberRecord? member) =>
        kind == RoomKind.Public || StandingOf(member) >= Standing.Invited;

    /// <summary>Whether the user may read the room's log.</summary>
    public static bool CanRead(RoomKind kind, MemberRecord? member) =>
        kind == RoomKind.Public ? StandingOf(member) != Standing.Banned : StandingOf(member) >= Standing.Member;

    /// <exception cref="RSocketException">The user does not see the room.</exception>
    public static void RequireSee(RoomRecord room, MemberRecord? member)
    {
        if (!CanSee(room.Kind, member))
        {
            throw Refusal.NoSuchRoom(room.Room);
        }
    }

    /// <exception cref="RSocketException">The user does not see the room, or may not read it.</exception>
    public static void RequireRead(RoomRecord room, MemberRecord? member)
    {
        RequireSee(room, member);
        if (!CanRead(room.Kind, member))
        {
            throw Refusal.NotReadable(room.Room);
        }
    }

    /// <exception cref="RSocketException">The user does not see the room, or is not a member.</exception>
    public static void RequireMember(RoomRecord room, MemberRecord? member)
    {
        RequireSee(room, member);
        if (StandingOf(member) < Standing.Member)
        {
            throw Refusal.NotMember(room.Room);
        }
    }

    /// <exception cref="RSocketException">The user does not see the room, or is neither owner nor moderator.</exception>
    public static void RequireModerator(RoomRecord room, MemberRecord? member)
    {
        RequireMember(room, member);
        if (StandingOf(member) < Standing.Moderator)
        {
            throw Refusal.NotModerator(room.Room);
        }
    }

    /// <exception cref="RSocketException">The user does not see the room, or is no owner.</exception>
    public static void RequireOwner(RoomRecord room, MemberRecord? member)
    {
        RequireMember(room, member);
        if (StandingOf(member) < Standing.Owner)
        {
            throw Refusal.NotOwner(room.Room);
        }
    }

    /// <summary>The standing of somebody who may have none.</summary>
    public static Standing StandingOf(MemberRecord? member) => member?.Standing ?? Standing.None;
}
