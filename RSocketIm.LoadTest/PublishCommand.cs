using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using RSocketIm.LoadTest.Publishing;
using Spectre.Console;

namespace RSocketIm.LoadTest;

/// <summary><c>publish</c>: sends that are acknowledged when they are durable; fails when a log is not exactly what was acknowledged.</summary>
/// <remarks><see cref="DurableCommand"/> compares the same with what the disk does for simpler writers.</remarks>
internal static class PublishCommand
{
    public static Command Create()
    {
        var server = new Option<string?>("--server") { Description = "ws: or tcp: address of a server; without it one is started, whose processor time is told too." };
        var tcp = new Option<bool>("--tcp") { Description = "Over TCP instead of WebSocket, with the server that is started." };
        var connections = new Option<int>("--connections") { Description = "Connections that send.", DefaultValueFactory = _ => 64 };
        var inFlight = new Option<int>("--in-flight") { Description = "Sends of one connection that wait for their answer.", DefaultValueFactory = _ => 32 };
        var rooms = new Option<int>("--rooms") { Description = "Rooms they share.", DefaultValueFactory = _ => 16 };
        var bytes = new Option<int>("--bytes") { Description = "Bytes of a message's text.", DefaultValueFactory = _ => 64 };
        var rounds = new Option<int>("--rounds") { Description = "Rounds.", DefaultValueFactory = _ => 3 };
        var seconds = new Option<double>("--seconds") { Description = "Seconds of a round.", DefaultValueFactory = _ => 5 };
        var json = new Option<bool>("--json") { Description = "One JSON object instead of text." };
        var command = new Command("publish", "Times sends that are acknowledged when they are durable, and counts them in the rooms' logs.")
        {
            server, tcp, connections, inFlight, rooms, bytes, rounds, seconds, json,
        };
        command.SetAction((parsed, stopping) => Running.GuardAsync(
            async () =>
            {
                PublishLoad load = new(
                    parsed.GetValue(connections),
                    parsed.GetValue(inFlight),
                    parsed.GetValue(rooms),
                    parsed.GetValue(bytes),
                    parsed.GetValue(rounds),
                    TimeSpan.FromSeconds(parsed.GetValue(seconds)));
                Action<string> progress = Running.Progress(parsed.GetValue(json));
                PublishReport report = parsed.GetValue(server) is { } given
                    ? await new PublishRun(given, null, load) { Progress = progress }.RunAsync(stopping).ConfigureAwait(false)
                    : await Running.WithServerAsync(
                        "publish", [], own => new PublishRun(parsed.GetValue(tcp) ? own.Tcp : own.WebSocket, own, load) { Progress = progress }.RunAsync(stopping)).ConfigureAwait(false);
                Print(report, parsed.GetValue(json));
                return report.Violations.Count == 0 ? 0 : 1;
            },
            stopping));
        return command;
    }

    private static void Print(PublishReport report, bool json)
    {
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(report, JsonSerializerOptions.Web));
            return;
        }

        Table table = new Table().AddColumns("round", "messages/s", "acknowledged after, ms: p50", "p99", "p99.9", "max", "entries a commit", "server µs/message");
        for (int i = 0; i < report.Rounds.Count; i++)
        {
            PublishFigures round = report.Rounds[i];
            table.AddRow(
                Text($"{i + 1}"),
                Text($"{round.PerSecond:N0}"),
                Text($"{round.Times.P50:N2}"),
                Text($"{round.Times.P99:N2}"),
                Text($"{round.Times.P999:N2}"),
                Text($"{round.Times.Max:N2}"),
                Text($"{round.EntriesPerCommit:N0}"),
                Text($"{round.ServerMicroseconds:N1}"));
        }

        AnsiConsole.Write(table);
        AnsiConsole.WriteLine(report.Violations.Count == 0 ? "Every room has exactly the messages that were acknowledged." : string.Join('\n', report.Violations));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
