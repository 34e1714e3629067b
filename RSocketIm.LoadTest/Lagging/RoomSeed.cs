using Microsoft.Extensions.Logging.Abstractions;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Storage;
using RSocketIm.Server.Storage.Sqlite;

namespace RSocketIm.LoadTest.Lagging;

/// <summary>Fills a room through the store itself, without a server: a million entries in seconds.</summary>
internal static class RoomSeed
{
    public const string Room = "lagging";

    private const int EntriesPerCommit = 10_000;
    private const string Owner = "seed";

    /// <summary>Writes the room.</summary>
    /// <param name="directory">A data directory that no server uses.</param>
    /// <param name="entries">Entries, 1 or more; the first is the owner's joining.</param>
    public static async Task WriteAsync(string directory, long entries)
    {
        using StoreMetrics metrics = new();
        await using SqliteRoomStore store = SqliteRoomStore.Open(
            new StoreOptions { Directory = directory }, metrics, TimeProvider.System, NullLogger<SqliteRoomStore>.Instance);
        long now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        for (long first = 1; first <= entries; first += EntriesPerCommit)
        {
            long last = Math.Min(entries, first + EntriesPerCommit - 1);
            LogEntry[] written = [.. LongRange(first, last).Select(seq => Entry(seq, now))];
            MemberRecord[] members = first == 1 ? [new MemberRecord(Owner, Standing.Owner, now, 1)] : [];
            RoomRecord room = new(Room, Room, RoomKind.Public, "seeded", now, Owner, last, now);
            await store.CommitAsync([new RoomCommit(room, written, members, [])], CancellationToken.None).ConfigureAwait(false);
        }
    }

    private static LogEntry Entry(long seq, long at) => LogEntry.Encode(seq == 1
        ? new RoomEvent { Room = Room, Seq = seq, At = at, Type = RoomEventTypes.Member, From = Owner, User = Owner, Change = MemberChanges.Joined }
        : new RoomEvent { Room = Room, Seq = seq, At = at, Type = RoomEventTypes.Message, From = Owner, Id = $"m{seq}", Text = "A message of some sixty-four bytes, as people write them to a room." });

    private static IEnumerable<long> LongRange(long first, long last)
    {
        for (long seq = first; seq <= last; seq++)
        {
            yield return seq;
        }
    }
}
