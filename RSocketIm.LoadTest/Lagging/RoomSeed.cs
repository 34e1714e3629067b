using Microsoft.Extensions.Logging.Abstractions;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Storage;
using RSocketIm.Server.Storage.Sqlite;

namespace RSocketIm.LoadTest.Lagging;

/// <summary>Fills a room through the store itself, without a server: a million entries in seconds.</summary>
internal static class RoomSeed
{
    public const string Room = "lagging";

    /// <summary>The rooms' owner.</summary>
    public const string Owner = "seed";

    private const int EntriesPerCommit = 10_000;
    private const string Text = "A message of some sixty-four bytes, as people write them to a room.";

    /// <summary>Writes the room.</summary>
    /// <param name="directory">A data directory that no server uses.</param>
    /// <param name="entries">Entries, 1 or more; the first is the owner's joining.</param>
    public static Task WriteAsync(string directory, long entries) => WriteAsync(directory, [(Room, entries)], asTitles: false, CancellationToken.None);

    /// <summary>Writes rooms.</summary>
    /// <param name="directory">A data directory that no server uses.</param>
    /// <param name="rooms">Each with its entries, 1 or more; the first is the owner's joining.</param>
    /// <param name="asTitles">
    /// Whether the entries are titles as long as messages: neither search nor the index of ids takes them in, which a server does with messages that it
    /// finds at its start, for seconds to minutes beside what is to be measured.
    /// </param>
    /// <param name="stopping">Ends it with an exception.</param>
    public static async Task WriteAsync(string directory, IEnumerable<(string Name, long Entries)> rooms, bool asTitles, CancellationToken stopping)
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
                LogEntry[] written = [.. LongRange(first, last).Select(seq => Entry(name, seq, now, asTitles))];
                MemberRecord[] members = first == 1 ? [new MemberRecord(Owner, Standing.Owner, now, 1)] : [];
                RoomRecord room = new(name, name, RoomKind.Public, "seeded", now, Owner, last, now);
                await store.CommitAsync([new RoomCommit(room, written, members, [])], CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private static LogEntry Entry(string room, long seq, long at, bool asTitle)
    {
        RoomEvent entry = new() { Room = room, Seq = seq, At = at, From = Owner };
        if (seq == 1)
        {
            (entry.Type, entry.User, entry.Change) = (RoomEventTypes.Member, Owner, MemberChanges.Joined);
        }
        else if (asTitle)
        {
            (entry.Type, entry.Title) = (RoomEventTypes.Room, $"{seq:D8} {Text}");
        }
        else
        {
            (entry.Type, entry.Id, entry.Text) = (RoomEventTypes.Message, $"m{seq}", Text);
        }

        return LogEntry.Encode(entry);
    }

    private static IEnumerable<long> LongRange(long first, long last)
    {
        for (long seq = first; seq <= last; seq++)
        {
            yield return seq;
        }
    }
}
