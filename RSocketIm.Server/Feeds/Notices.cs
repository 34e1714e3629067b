using RSocketIm.Server.Rooms;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Feeds;

/// <summary>What an inbox has to tell of rooms that are not in it: of each the newest entry that concerns its user, in the order in which they first had one.</summary>
/// <remarks>
/// Not a queue of content: without credit it grows by a room, never by an entry, and only by rooms that have, or had, a record of the user.
/// Mutable, not thread-safe: touched under its inbox's lock.
/// </remarks>
internal sealed class Notices
{
    // A room that was told of, or joined meanwhile, keeps its place until it comes up, or who joins and leaves in turns would make the line long.
    private readonly Dictionary<Room, LogEntry?> newest = [];
    private readonly Queue<Room> line = new();

    /// <summary>Whether there is surely nothing to tell.</summary>
    public bool IsEmpty => line.Count == 0;

    /// <summary>Takes in an entry, in the place of an older one of its room.</summary>
    public void Put(Room room, LogEntry entry)
    {
        if (!newest.ContainsKey(room))
        {
            line.Enqueue(room);
        }

        newest[room] = entry;
    }

    /// <summary>The user has joined the room: its own entries say all.</summary>
    public void Forget(Room room)
    {
        if (newest.ContainsKey(room))
        {
            newest[room] = null;
        }
    }

    /// <summary>The next entry to tell, or null.</summary>
    public LogEntry? Take()
    {
        while (line.TryDequeue(out Room? room))
        {
            if (newest.Remove(room, out LogEntry? entry) && entry is not null)
            {
                return entry;
            }
        }

        return null;
    }
}
