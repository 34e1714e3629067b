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
    public static Task WriteAsync(string directory, long entries) => WriteAsync(directory, [(Room, entries)], CancellationToken.None);

    /// <summary>Writes rooms.</summary>
    /// <param name="directory">A data directory that no server uses.</param>
    /// <param name="rooms">Each with its entries, 1 or more; the first is the owner's joining.</param>
    /// <param name="stopping">Ends it with an exception.</param>
    public static async Task WriteAsync(string directory, IEnumerable<(string Name, long Entries)> rooms, CancellationToken stopping)
    {
        using StoreMetrics metrics = new();
        await using SqliteRoomStore store = SqliteRoomStore.Open(
            new StoreOptions { Directory = directory }, metrics, TimeProvider.System, NullLogger<SqliteRoomStore>.Instance);
        long now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        foreach ((string name, long entries) in rooms)
        {
            for (long first = 1; first <= entries; first += EntriesPerCommit)
            {
                stopping.ThrowIfCancellationRequested();
                long last = Math.Min(entries, first + EntriesPerCommit - 1);
                LogEntry[] written = [.. LongRange(first, last).Select(seq => Entry(name, seq, now))];
                MemberRecord[] members = first == 1 ? [new MemberRecord(Owner, Standing.Owner, now, 1)] : [];
                RoomRecord room = new(name, name, RoomKind.Public, "seeded", now, Owner, last, now);
                await store.CommitAsync([new RoomCommit(room, written, members, [])], CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private static LogEntry Entry(string room, long seq, long at) => LogEntry.Encode(seq == 1
        ? new RoomEvent { Room = room, Seq = seq, At = at, Type = RoomEventTypes.Member, From = Owner, User = Owner, Change = MemberChanges.Joined }
        : new RoomEvent { Room = room, Seq = seq, At = at, Type = RoomEventTypes.Message, From = Owner, Id = $"m{seq}", Text = "A message of some sixty-four bytes, as people write them to a room." });

    private static IEnumerable<long> LongRange(long first, long last)
    {
        for (long seq = first; seq <= last; seq++)
        {
            yield return seq;
        }
    }
}
