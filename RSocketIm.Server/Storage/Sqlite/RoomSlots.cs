using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace RSocketIm.Server.Storage.Sqlite;

/// <summary>All rooms of the store by id and by number.</summary>
internal sealed class RoomSlots
{
    private readonly ConcurrentDictionary<string, RoomSlot> byRoom = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<int, RoomSlot> byNumber = new();

    /// <summary>The number the next room gets. The writer's.</summary>
    public int NextNumber { get; private set; } = 1;

    /// <summary>All rooms, in no order.</summary>
    public IEnumerable<RoomSlot> All => byNumber.Values;

    public int Count => byNumber.Count;

    public RoomSlot? Find(string room) => byRoom.GetValueOrDefault(room);

    public RoomSlot? Find(int number) => byNumber.GetValueOrDefault(number);

    /// <summary>Takes in a room that is on disk.</summary>
    public void Add(RoomSlot slot)
    {
        byNumber[slot.Number] = slot;
        byRoom[slot.Room] = slot;
        NextNumber = Math.Max(NextNumber, slot.Number + 1);
    }

    /// <summary>Reads all rooms, one pass a table.</summary>
    public static RoomSlots Load(Database log)
    {
        RoomSlots slots = new();
        using (Statement rooms = log.PrepareOnce("""
            SELECT r.number, r.room, r.title, r.kind, r.epoch, r.created_at, r.created_by, r.first_seq, r.keep_entries, r.keep_ms, h.head, h.head_at, r.log_epoch
            FROM rooms r JOIN heads h ON h.room = r.number ORDER BY r.number
            """))
        {
            while (rooms.Step())
            {
                RoomRecord record = new(
                    rooms.Text(1), rooms.Text(2), (RoomKind)rooms.Long(3), rooms.Text(4), rooms.Long(5), rooms.Text(6), rooms.Long(10), rooms.Long(11))
                {
                    FirstSeq = rooms.Long(7),
                };
                RoomSlot slot = new((int)rooms.Long(0), record, rooms.IsNull(12) ? null : rooms.Text(12));
                if (!rooms.IsNull(8) || !rooms.IsNull(9))
                {
                    slot.Retention = new RetentionPolicy(
                        rooms.IsNull(8) ? null : rooms.Long(8), rooms.IsNull(9) ? null : TimeSpan.FromMilliseconds(rooms.Long(9)));
                }

                slots.Add(slot);
            }
        }

        using (Statement scrubs = log.PrepareOnce("SELECT target FROM scrubs"))
        {
            while (scrubs.Step())
            {
                if (slots.Find(Place.RoomOf(scrubs.Long(0))) is { } slot)
                {
                    slot.Scrubs = slot.Scrubs.Add(Place.SeqOf(scrubs.Long(0)));
                }
            }
        }

        using (Statement damaged = log.PrepareOnce("SELECT place, last_seq FROM damaged ORDER BY place"))
        {
            while (damaged.Step())
            {
                if (slots.Find(Place.RoomOf(damaged.Long(0))) is { } slot)
                {
                    slot.Damages = slot.Damages.Add(new DamagedBlock(slot.Room, Place.SeqOf(damaged.Long(0)), damaged.Long(1)));
                }
            }
        }

        return slots;
    }
}
