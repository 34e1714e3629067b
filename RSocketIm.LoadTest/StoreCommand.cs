using System.CommandLine;
using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Storage;
using RSocketIm.Server.Storage.Sqlite;

namespace RSocketIm.LoadTest;

/// <summary>Measures durable commits against what the same disk does in the same run: one transaction a message, and a raw append with fsync.</summary>
internal static class StoreCommand
{
    private static readonly Option<int> Rooms = new("--rooms") { Description = "Rooms a commit touches.", DefaultValueFactory = _ => 64 };
    private static readonly Option<int> Entries = new("--entries") { Description = "Entries a commit has, over all rooms.", DefaultValueFactory = _ => 1024 };
    private static readonly Option<int> Size = new("--size") { Description = "Bytes of text a message has.", DefaultValueFactory = _ => 120 };
    private static readonly Option<double> Seconds = new("--seconds") { Description = "Time for each way and round.", DefaultValueFactory = _ => 2 };
    private static readonly Option<int> Rounds = new("--rounds") { Description = "Rounds; medians are reported.", DefaultValueFactory = _ => 5 };
    private static readonly Option<string> Directory = new("--directory") { Description = "Where to write.", DefaultValueFactory = _ => "store-test" };

    public static Command Create()
    {
        Command command = new("store", "Durable commits a second: one transaction a message, the store's batches, raw append and fsync.")
        {
            Rooms, Entries, Size, Seconds, Rounds, Directory,
        };
        command.SetAction((parsed, _) => RunAsync(
            parsed.GetValue(Rooms), parsed.GetValue(Entries), parsed.GetValue(Size), parsed.GetValue(Seconds), parsed.GetValue(Rounds), parsed.GetValue(Directory)!));
        return command;
    }

    private static async Task<int> RunAsync(int rooms, int entries, int size, double seconds, int rounds, string directory)
    {
        List<double> single = [];
        List<double> batched = [];
        List<double> raw = [];
        TimeSpan time = TimeSpan.FromSeconds(seconds);
        for (int round = 0; round < rounds; round++)
        {
            // The order moves on with each round, so that a disk that gets slower or faster favours nobody.
            for (int i = 0; i < 3; i++)
            {
                System.IO.Directory.CreateDirectory(directory);
                switch ((round + i) % 3)
                {
                    case 0:
                        single.Add(OneByOne(Path.Combine(directory, "single.db"), size, time));
                        break;
                    case 1:
                        batched.Add(await BatchedAsync(Path.Combine(directory, "store"), rooms, entries, size, time).ConfigureAwait(false));
                        break;
                    default:
                        raw.Add(Raw(Path.Combine(directory, "raw"), entries, size, time));
                        break;
                }

                System.IO.Directory.Delete(directory, recursive: true);
            }

            Console.WriteLine($"round {round + 1}: one by one {single[^1]:N0}/s, store {batched[^1]:N0}/s, raw append {raw[^1]:N0}/s");
        }

        double store = Median(batched);
        Console.WriteLine($"{rooms} rooms, {entries} entries a commit, texts of {size} bytes, medians of {rounds} rounds:");
        Console.WriteLine($"one transaction a message {Median(single):N0}/s; store {store:N0}/s = {store / Median(single):N1} times that; "
            + $"raw append + fsync of the same bytes {Median(raw):N0}/s, the store reaches {store / Median(raw):P0} of it");
        return 0;
    }

    private static double OneByOne(string path, int size, TimeSpan time)
    {
        using SqliteConnection connection = new($"Data Source={path};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE log (room INTEGER, seq INTEGER, data BLOB, PRIMARY KEY (room, seq)) WITHOUT ROWID";
        command.ExecuteNonQuery();
        command.CommandText = "INSERT INTO log VALUES (1, @seq, @data)";
        SqliteParameter seq = command.Parameters.Add("@seq", SqliteType.Integer);
        command.Parameters.AddWithValue("@data", Message("room", 1, size).Bytes.ToArray());
        long count = 0;
        long started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < time)
        {
            seq.Value = ++count;
            command.ExecuteNonQuery();
        }

        return count / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task<double> BatchedAsync(string directory, int rooms, int entries, int size, TimeSpan time)
    {
        using StoreMetrics metrics = new();
        SqliteRoomStore store = SqliteRoomStore.Open(new StoreOptions { Directory = directory }, metrics, TimeProvider.System, NullLogger<SqliteRoomStore>.Instance);
        await using (store.ConfigureAwait(false))
        {
            long[] heads = new long[rooms];
            long count = 0;
            long started = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(started) < time)
            {
                RoomCommit[] commits = Commits(heads, entries / rooms, size);
                await store.FindSendsAsync([.. commits.SelectMany(commit => commit.Sends.Select(sent => sent.Key))], CancellationToken.None).ConfigureAwait(false);
                await store.CommitAsync(commits, CancellationToken.None).ConfigureAwait(false);
                count += entries;
            }

            return count / Stopwatch.GetElapsedTime(started).TotalSeconds;
        }
    }

    private static double Raw(string path, int entries, int size, TimeSpan time)
    {
        using FileStream file = new(path, FileMode.Create, FileAccess.Write, FileShare.None, 0);
        byte[] batch = [.. Enumerable.Range(1, entries).SelectMany(seq => Message("room", seq, size).Bytes.ToArray())];
        long count = 0;
        long started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < time)
        {
            file.Write(batch);
            file.Flush(flushToDisk: true);
            count += entries;
        }

        return count / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static RoomCommit[] Commits(long[] heads, int entries, int size) =>
    [
        .. heads.Select((head, room) =>
        {
            string id = $"room-{room}";
            LogEntry[] log = [.. Enumerable.Range(1, entries).Select(i => Message(id, head + i, size))];
            heads[room] += entries;
            SentEntry[] sends = [.. log.Select(entry => new SentEntry(new SendKey(id, "ann", $"{entry.Seq}"), entry.Seq, entry.At))];
            return new RoomCommit(new RoomRecord(id, id, RoomKind.Public, "epoch", 0, "ann", heads[room], 1_700_000_000_000), log, [], sends);
        }),
    ];

    private static LogEntry Message(string room, long seq, int size) => LogEntry.Encode(new RoomEvent
    {
        Room = room, Seq = seq, At = 1_700_000_000_000, Type = RoomEventTypes.Message, From = "ann", Id = $"{seq}", Text = new string('x', size),
    });

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
