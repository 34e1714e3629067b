using Microsoft.Extensions.Logging.Abstractions;
using RSocketIm.LoadTest.Durability;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Storage;
using RSocketIm.Server.Storage.Sqlite;

namespace RSocketIm.Tests.LoadTest.Durability;

/// <summary>The whole run, with a log that is harmed between the kill and the restart so that the server itself cannot notice.</summary>
public sealed class CrashRunTests
{
    private const string Room = "crash0";

    [Fact]
    public async Task ALogThatLostItsSecondHalf_IsFoundOut() =>
        Assert.Contains(await RunAsync(CutInHalf), violation => violation.Contains("messages acknowledged", StringComparison.Ordinal));

    [Fact]
    public async Task AMessageThatIsThereTwice_IsFoundOut() =>
        Assert.Contains(await RunAsync(RepeatAsync), violation => violation.Contains("is message 0 of", StringComparison.Ordinal));

    [Fact]
    public async Task TwoMessagesThatChangedPlaces_AreFoundOut() =>
        Assert.Contains(await RunAsync(Exchange), violation => violation.Contains("expected", StringComparison.Ordinal) || violation.Contains("was acknowledged as", StringComparison.Ordinal));

    [Fact]
    public async Task ABlockThatCannotBeRead_IsFoundOut() =>
        Assert.Contains(await RunAsync(Damage), violation => violation.Contains("cannot be read beyond", StringComparison.Ordinal));

    private static Task<IReadOnlyList<string>> RunAsync(Action<string> harm) => RunAsync(directory =>
    {
        harm(directory);
        return Task.CompletedTask;
    });

    private static async Task<IReadOnlyList<string>> RunAsync(Func<string, Task> harm)
    {
        string directory = "";
        CrashRun run = new(rounds: 1, senderCount: 4, roomCount: 1, inFlight: 4, seed: 1)
        {
            Killed = data =>
            {
                directory = data;
                return harm(data);
            },
        };
        CrashReport report = await run.RunAsync();
        Assert.True(report.Acknowledged > 0);
        if (Directory.Exists(directory))
        {
            Directory.Delete(directory, recursive: true);
        }

        return report.Violations;
    }

    private static void CutInHalf(string directory)
    {
        using Database log = Database.OpenWriter(Path.Combine(directory, LogSchema.FileName), durable: true, 1 << 20);
        long middle = log.ReadLong("SELECT last_seq FROM blocks ORDER BY place LIMIT 1 OFFSET (SELECT COUNT(*) / 2 FROM blocks)");
        log.Execute(string.Create(null, $"DELETE FROM blocks WHERE last_seq > {middle}; UPDATE heads SET head = {middle}"));
    }

    private static void Damage(string directory)
    {
        using Database log = Database.OpenWriter(Path.Combine(directory, LogSchema.FileName), durable: true, 1 << 20);
        log.Execute("UPDATE blocks SET data = zeroblob(length(data)) WHERE number = (SELECT MAX(number) FROM blocks)");
    }

    // Under a checksum of its own: only who knows what was acknowledged can tell.
    private static void Exchange(string directory)
    {
        using LogStatements log = new(Path.Combine(directory, LogSchema.FileName), 1 << 20);
        RoomSlot slot = RoomSlots.Load(log.Database).Find(Room)!;
        for (long seq = 1; seq <= slot.Head; seq++)
        {
            StoredBlock block = LogBlocks.Holding(log, slot, seq)!.Value;
            LogEntry[] entries = block.Read(slot);
            int[] messages = [.. Enumerable.Range(0, entries.Length).Where(i => entries[i].Kind == EntryKind.Message)];
            if (messages.Length >= 2)
            {
                RoomEvent first = entries[messages[0]].Decode();
                RoomEvent second = entries[messages[1]].Decode();
                (first.Seq, second.Seq) = (second.Seq, first.Seq);
                (entries[messages[0]], entries[messages[1]]) = (LogEntry.Encode(second), LogEntry.Encode(first));
                log.ReplaceBlock(slot, block.Number, entries);
                return;
            }

            seq = block.Last;
        }

        Assert.Fail("There was no block of two messages.");
    }

    // As a retry whose id was not recognised would be.
    private static async Task RepeatAsync(string directory)
    {
        using StoreMetrics metrics = new();
        await using SqliteRoomStore store = SqliteRoomStore.Open(new StoreOptions { Directory = directory }, metrics, TimeProvider.System, NullLogger<SqliteRoomStore>.Instance);
        await foreach (StoredRoom room in store.LoadRoomsAsync(default))
        {
            EntryBlock block = await store.ReadAfterAsync(room.Room.Room, 0, new BlockLimit(1000, 1 << 20), default);
            RoomEvent again = block.Entries.First(entry => entry.Kind == EntryKind.Message).Decode();
            again.Seq = room.Room.Head + 1;
            await store.CommitAsync([new RoomCommit(room.Room with { Head = again.Seq }, [LogEntry.Encode(again)], [], [])], default);
        }
    }
}
