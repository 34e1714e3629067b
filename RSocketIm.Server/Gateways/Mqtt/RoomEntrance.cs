using RSocketIm.Protocol;
using RSocketIm.Protocol.Frames;
using RSocketIm.Server.Configuration;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Rooms;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Gateways.Mqtt;

/// <summary>Lets a user of MQTT into a room whose topic was named: with <c>AutoJoin</c> a public room that is missing or not joined is made and joined on the spot.</summary>
internal sealed class RoomEntrance(ChatRooms rooms, RoomDirectory directory, ServerSettings settings)
{
    /// <summary>Goes in.</summary>
    /// <param name="user">Who.</param>
    /// <param name="room">A valid room id.</param>
    /// <param name="toWrite">Whether to write there; otherwise to read.</param>
    /// <returns>The room.</returns>
    /// <exception cref="RSocketException">The user may not.</exception>
    public async ValueTask<Room> EnterAsync(string user, string room, bool toWrite)
    {
        Room? found = directory.Find(room);
        if (found is not null && Rights.StandingOf(found.FindMember(user)) >= Standing.Member)
        {
            return found;
        }

        if (settings.Mqtt.AutoJoin)
        {
            await JoinAsync(user, room, found).ConfigureAwait(false);
        }

        found = directory.RequireVisible(room, user);
        if (toWrite)
        {
            Rights.RequireMember(found.Record, found.FindMember(user));
        }
        else
        {
            Rights.RequireRead(found.Record, found.FindMember(user));
        }

        return found;
    }

    private async ValueTask JoinAsync(string user, string room, Room? found)
    {
        if (RoomId.TrySplitDirect(room, out ReadOnlySpan<char> lesser, out ReadOnlySpan<char> greater))
        {
            if (lesser.SequenceEqual(user) || greater.SequenceEqual(user))
            {
                string other = lesser.SequenceEqual(user) ? greater.ToString() : lesser.ToString();
                await rooms.OpenAsync(user, new RoomOpen { User = other }, CancellationToken.None).ConfigureAwait(false);
            }

            return;
        }

        if (found is null && RoomId.IsValidToCreate(room))
        {
            try
            {
                await rooms.CreateAsync(user, new RoomCreate { Room = room }, CancellationToken.None).ConfigureAwait(false);
                return;
            }
            catch (RSocketException refusal) when (refusal.Code == (ErrorCode)(uint)ContractError.Conflict)
            {
                // Somebody made it in this moment; then it is to be joined like any other.
            }
        }

        if (directory.Find(room) is { } there && Rights.CanSee(there.Record.Kind, there.FindMember(user)))
        {
            await rooms.JoinAsync(user, room, CancellationToken.None).ConfigureAwait(false);
        }
    }
}
