using RSocketIm.Protocol;
using RSocketIm.Server.Contracts;

namespace RSocketIm.Server.Rooms;

/// <summary>What rooms and feeds answer when they do not do what was asked: the contract's codes, each with one wording.</summary>
internal static class Refusal
{
    /// <summary>No such room, or none that this user may know of; the two look the same.</summary>
    public static RSocketException NoSuchRoom(string room) => ContractError.NotFound.ToException($"There is no room {room}.");

    /// <summary>The id is taken, which is told to everybody.</summary>
    public static RSocketException RoomExists(string room) => ContractError.Conflict.ToException($"Room {room} exists already.");

    /// <summary>Seen, but not to be read: invited and not joined yet, or banned.</summary>
    public static RSocketException NotReadable(string room) => ContractError.Forbidden.ToException($"Room {room} is not readable for you: join it first, unless you are banned.");

    /// <summary>Ends a feed whose reader was removed, banned, or left a room that is not public.</summary>
    public static RSocketException NoLongerReadable(string room) => ContractError.Forbidden.ToException($"You may no longer read room {room}.");

    /// <summary>Writing needs membership.</summary>
    public static RSocketException NotMember(string room) => ContractError.Forbidden.ToException($"You are not a member of room {room}.");

    /// <summary>A banned user cannot join.</summary>
    public static RSocketException Banned(string room) => ContractError.Forbidden.ToException($"You are banned from room {room}.");

    /// <summary>A direct room keeps its two users.</summary>
    public static RSocketException DirectRoomIsForTwo(string room) => ContractError.Forbidden.ToException($"Room {room} is direct: its two users stay in it.");

    /// <summary>The client's positions are of another log.</summary>
    public static RSocketException StaleEpoch(string room, string given, string current) =>
        ContractError.Gone.ToException($"Epoch {given} of room {room} is over, the log's epoch is {current}; start again without 'after'.");

    /// <summary>A number is outside its range.</summary>
    public static RSocketException OutOfRange(string key, long given, long least, long most) =>
        ContractError.BadRequest.ToException($"'{key}' is {given}, allowed is {least}..{most}.");

    /// <summary>The store failed on a commit.</summary>
    public static RSocketException StoreFailed() => ContractError.Unavailable.ToException("The store failed and nothing was changed; it is safe to try again.");

    /// <summary>The store failed on a read.</summary>
    public static RSocketException StoreUnreadable(string room) => ContractError.Unavailable.ToException($"The log of room {room} could not be read; try again.");

    /// <summary>The server stops.</summary>
    public static RSocketException Draining() => ContractError.Unavailable.ToException("The server is stopping; try again in a moment.");

    /// <summary>Our mistake.</summary>
    public static RSocketException Internal() => ContractError.Internal.ToException("The server made a mistake; it has been logged.");
}
