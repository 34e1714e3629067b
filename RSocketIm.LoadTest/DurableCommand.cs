using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using RSocketIm.LoadTest.Durability;
using RSocketIm.LoadTest.Servers;

namespace RSocketIm.LoadTest;

/// <summary><c>durable</c>: sends that are answered after the fsync, beside what the same disk does for simpler writers in the same run.</summary>
internal static class DurableCommand
{
    // What a message of the load has on disk beside its text: room, user, id, time and their keys.
    private const int EntryOverheadBytes = 90;
    private const int BlockBytes = 4096;

    public static Command Create()
    {
        var connections = new Option<int>("--connections") { Description = "Connections that send.", DefaultValueFactory = _ => 64 };
        var inFlight = new Option<int>("--in-flight") { Description = "Sends of one connection that wait for their answer.", DefaultValueFactory = _ => 32 };
        var rooms = new Option<int>("--rooms") { Description = "Rooms they share.", DefaultValueFactory = _ => 16 };
        var bytes = new Option<int>("--bytes") { Description = "Bytes of a message's text.", DefaultValueFactory = _ => 64 };
        var rounds = new Option<int>("--rounds") { Description = "Rounds; every round measures all four.", DefaultValueFactory = _ => 3 };
        var seconds = new Option<double>("--seconds") { Description = "Seconds of sending in a round; the others take a third.", DefaultValueFactory = _ => 5 };
        var webSocket = new Option<bool>("--websocket") { Description = "Over WebSocket instead of TCP." };
        var json = new Option<bool>("--json") { Description = "One JSON object instead of text." };
        var command = new Command("durable", "Times sends that are acknowledged after fsync against the disk's own limits.") { connections, inFlight, rooms, bytes, rounds, seconds, webSocket, json };
        command.SetAction(async parsed =>
        {
            List<DurableRound> measured = await RunAsync(
                (server, text) => SendLoad.ConnectAsync(
                    parsed.GetValue(webSocket) ? server.WebSocket : server.Tcp, parsed.GetValue(connections), parsed.GetValue(rooms), parsed.GetValue(inFlight), text),
                parsed.GetValue(rounds),
                parsed.GetValue(bytes),
                TimeSpan.FromSeconds(parsed.GetValue(seconds))).ConfigureAwait(false);
            Report(measured, parsed.GetValue(json));
            return 0;
        });
        return command;
    }

    private static async Task<List<DurableRound>> RunAsync(Func<ServerUnderLoad, int, Task<SendLoad>> connect, int rounds, int bytes, TimeSpan time)
    {
        string directory = Directory.CreateTempSubdirectory("rsocketim-durable-").FullName;
        List<DurableRound> measured = [];
        await using (ServerUnderLoad server = await ServerUnderLoad.StartAsync(Directory.CreateDirectory(Path.Combine(directory, "data")).FullName).ConfigureAwait(false))
        {
            await using SendLoad load = await connect(server, bytes).ConfigureAwait(false);
            await load.RunAsync(time / 2).ConfigureAwait(false); // both processes compile what they run often
            for (int round = 0; round < rounds; round++)
            {
                IReadOnlyDictionary<string, double> before = await server.ReadMetricsAsync().ConfigureAwait(false);
                (long messages, TimeSpan taken) = await load.RunAsync(time).ConfigureAwait(false);
                IReadOnlyDictionary<string, double> after = await server.ReadMetricsAsync().ConfigureAwait(false);
                double batch = Grown("rsocketim_entries_total") / Grown("rsocketim_commits_total");
                int entry = bytes + EntryOverheadBytes;
                measured.Add(new DurableRound(
                    messages / taken.TotalSeconds,
                    batch,
                    1e6 * Grown("process_cpu_seconds_total") / messages,
                    DiskLimits.AppendsPerSecond(directory, BlockBytes, time / 3),
                    DiskLimits.AppendsPerSecond(directory, (int)(batch * entry), time / 3) * batch,
                    DiskLimits.TransactionsPerSecond(directory, entry, time / 3)));

                double Grown(string name) => after[name] - before[name];
            }
        }

        Directory.Delete(directory, recursive: true);
        return measured;
    }

    private static void Report(List<DurableRound> rounds, bool json)
    {
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(rounds, JsonSerializerOptions.Web));
            return;
        }

        Console.WriteLine($"min - median - max over {rounds.Count} rounds");
        Line("durable sends/s", "N0", static round => round.Sends);
        Line("entries a commit", "N0", static round => round.Batch);
        Line("server processor time a message, µs", "N1", static round => round.Processor);
        Line("fsyncs/s (4 KiB append)", "N0", static round => round.Fsyncs);
        Line("raw append, same batch, messages/s", "N0", static round => round.RawAppend);
        Line("one transaction a message, messages/s", "N0", static round => round.SingleTransactions);
        Line("sends / raw append", "N3", static round => round.OfRawAppend);
        Line("sends / one transaction a message", "N1", static round => round.TimesSingle);

        void Line(string name, string format, Func<DurableRound, double> value)
        {
            double[] sorted = [.. rounds.Select(value).Order()];
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{name,-40} {sorted[0].ToString(format, CultureInfo.InvariantCulture)} - {sorted[sorted.Length / 2].ToString(format, CultureInfo.InvariantCulture)} - {sorted[^1].ToString(format, CultureInfo.InvariantCulture)}"));
        }
    }
}
