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

    /// <summary>The entry is there and is no message, or it is not retained.</summary>
    public static RSocketException NoSuchMessage(string room, long seq) => ContractError.NotFound.ToException($"Entry {seq} of room {room} is no message.");

    /// <summary>The message has been deleted.</summary>
    public static RSocketException MessageDeleted(string room, long seq) => ContractError.Conflict.ToException($"Message {seq} of room {room} is deleted.");

    /// <summary>Only the author edits.</summary>
    public static RSocketException NotAuthor(string room, long seq) => ContractError.Forbidden.ToException($"Message {seq} of room {room} is not yours: only its author may edit it.");

    /// <summary>Only the author and those who look after the room delete.</summary>
    public static RSocketException NotAuthorNorModerator(string room, long seq) =>
        ContractError.Forbidden.ToException($"Message {seq} of room {room} is not yours: only its author, a moderator or an owner may delete it.");

    /// <summary>Needs a role that the user does not have.</summary>
    public static RSocketException NotModerator(string room) => ContractError.Forbidden.ToException($"Only an owner or moderator of room {room} may do this.");

    /// <summary>Needs a role that the user does not have.</summary>
    public static RSocketException NotOwner(string room) => ContractError.Forbidden.ToException($"Only an owner of room {room} may do this.");

    /// <summary>A moderator against an owner.</summary>
    public static RSocketException OwnerIsProtected(string room, string user) => ContractError.Forbidden.ToException($"{user} is an owner of room {room}: a moderator cannot remove or ban an owner.");

    /// <summary>Nothing to do with one's own membership but to leave.</summary>
    public static RSocketException NotYourself(string user) => ContractError.BadRequest.ToException($"'user' is {user}, who is you: allowed is another user, and rooms.leave for yourself.");

    /// <summary>Nobody can be alone with oneself.</summary>
    public static RSocketException DirectWithYourself(string user) => ContractError.BadRequest.ToException($"'user' is {user}, who is you: a direct room is of two different users.");

    /// <summary>The user named is not what the command needs.</summary>
    public static RSocketException NoSuchMember(string room, string user) => ContractError.NotFound.ToException($"{user} is not a member of room {room}.");

    /// <summary>The user named is a member, and needs no invitation.</summary>
    public static RSocketException MemberAlready(string room, string user) => ContractError.Conflict.ToException($"{user} is a member of room {room} already.");

    /// <summary>A room with members has an owner.</summary>
    public static RSocketException LastOwner(string room) => ContractError.Conflict.ToException($"You are the last owner of room {room}: make somebody else owner first.");

    /// <summary>A message names an attachment of the server's that this room does not have.</summary>
    public static RSocketException NoSuchAttachment(string room, string id) => ContractError.NotFound.ToException($"Room {room} has no attachment {id}.");

    /// <summary>More sends than the server's policy lets one user have in one room.</summary>
    public static RSocketException TooManySends(string room, int perSecond, TimeSpan wait) =>
        ContractError.RateLimited.ToException(FormattableString.Invariant($"Room {room} takes {perSecond} messages a second from you; wait {wait.TotalSeconds:0.###} s."));

    /// <summary>The store failed on a commit.</summary>
    public static RSocketException StoreFailed() => ContractError.Unavailable.ToException("The store failed and nothing was changed; it is safe to try again.");

    /// <summary>The store failed on a read.</summary>
    public static RSocketException StoreUnreadable(string room) => ContractError.Unavailable.ToException($"The log of room {room} could not be read; try again.");

    /// <summary>The server stops.</summary>
    public static RSocketException Draining() => ContractError.Unavailable.ToException("The server is stopping; try again in a moment.");

    /// <summary>Our mistake.</summary>
    public static RSocketException Internal() => ContractError.Internal.ToException("The server made a mistake; it has been logged.");
}
