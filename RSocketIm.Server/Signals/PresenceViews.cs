using RSocketIm.Protocol;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Rooms;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Signals;

/// <summary>Answers about who is there: <c>presence.get</c>, and the members of a room.</summary>
internal sealed class PresenceViews(RoomDirectory directory, PresenceTracker presence)
{
    /// <summary><c>presence.get</c>: one answer a name, in order. A name that nobody has is offline, as is one that nobody used lately.</summary>
    public PresenceResult Get(PresenceRequest request) => new()
    {
        Presence = [.. request.Users.Select(user =>
        {
            bool online = presence.OnlineSince(user) is not null;
            return new PresenceInfo { User = user, Online = online, LastSeenAt = online ? null : presence.LastSeenAt(user) };
        })],
    };

    /// <summary><c>rooms.members</c>: the members of a room that the user may read, by name in ordinal order.</summary>
    /// <param name="user">Who asks.</param>
    /// <param name="request">Which page, as its format lets it through.</param>
    /// <exception cref="RSocketException"><c>not_found</c> or <c>forbidden</c>.</exception>
    public MemberPage Members(string user, MemberList request)
    {
        Room room = directory.RequireVisible(request.Room, user);
        Rights.RequireRead(room.Record, room.FindMember(user));

        // One more than asked for tells whether there is a next page.
        int limit = (int)request.Limit;
        List<MemberRecord> found = FirstAfter(room.Members(), request.After ?? "", limit + 1);
        MemberInfo[] page = [.. found.Take(limit).Select(member => new MemberInfo
        {
            User = member.User,
            Role = member.Standing.ToRole()!,
            JoinedAt = member.JoinedAt,
            ReadSeq = room.ReadSeqOf(member.User),
            Online = presence.OnlineSince(member.User) is not null,
        })];
        return new MemberPage { Members = page, Next = found.Count > limit ? page[^1].User : null };
    }

    /// <summary>The first names after one, without sorting the 100,000 that a room may have.</summary>
    private static List<MemberRecord> FirstAfter(MemberRecord[] members, string after, int count)
    {
        PriorityQueue<MemberRecord, string> last = new(Comparer<string>.Create((left, right) => string.CompareOrdinal(right, left)));
        foreach (MemberRecord member in members)
        {
            if (string.CompareOrdinal(member.User, after) <= 0)
            {
                continue;
            }

            if (last.Count < count)
            {
                last.Enqueue(member, member.User);
            }
            else
            {
                last.EnqueueDequeue(member, member.User);
            }
        }

        List<MemberRecord> found = new(last.Count);
        while (last.TryDequeue(out MemberRecord? member, out _))
        {
            found.Add(member);
        }

        found.Reverse();
        return found;
    }
}
