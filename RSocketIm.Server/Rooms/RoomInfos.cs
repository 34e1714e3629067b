using RSocketIm.Server.Contracts;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Rooms;

/// <summary>From what the server keeps of a room to what the contract shows of it.</summary>
internal static class RoomInfos
{
    /// <summary>A room as one user sees it.</summary>
    /// <param name="room">The room with its head.</param>
    /// <param name="member">What the user is to it, or null.</param>
    /// <param name="members">How many members it has.</param>
    public static RoomInfo Of(RoomRecord room, MemberRecord? member, int members) => new()
    {
        Room = room.Room,
        Title = room.Title,
        Kind = room.Kind.ToContract(),
        Epoch = room.Epoch,
        Head = room.Head,
        CreatedAt = room.CreatedAt,
        CreatedBy = room.CreatedBy,
        Role = Rights.StandingOf(member).ToRole(),
        Members = members,
    };

    /// <summary>A room that is visible, as one user sees it.</summary>
    public static RoomInfo Of(Room room, string user) =>
        Of(room.Record with { Head = room.Head }, room.FindMember(user), room.MemberCount);

    /// <summary>The contract's word for a kind.</summary>
    public static string ToContract(this RoomKind kind) => kind switch
    {
        RoomKind.Public => RoomKinds.Public,
        RoomKind.Private => RoomKinds.Private,
        _ => RoomKinds.Direct,
    };

    /// <summary>The contract's word for a member's standing; null for others, who have no role.</summary>
    public static string? ToRole(this Standing standing) => standing switch
    {
        Standing.Member => RoomRoles.Member,
        Standing.Moderator => RoomRoles.Moderator,
        Standing.Owner => RoomRoles.Owner,
        _ => null,
    };
}
