using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using RSocketIm.LoadTest.Backpressure;
using RSocketIm.LoadTest.Rooms;
using Spectre.Console;

namespace RSocketIm.LoadTest;

/// <summary><c>rooms</c>: whether a delivery costs more when there are many rooms; fails when a member does not get every entry once and in order.</summary>
internal static class RoomsCommand
{
    public static Command Create()
    {
        var rooms = new Option<int[]>("--rooms")
        {
            Description = "Numbers of rooms; each is measured.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [1, 100, 1_000, 10_000],
        };
        var members = new Option<int>("--members") { Description = "Feeds of each room.", DefaultValueFactory = _ => 5 };
        var connections = new Option<int>("--connections") { Description = "Connections that the feeds share, at most.", DefaultValueFactory = _ => 500 };
        var rate = new Option<int>("--rate") { Description = "Messages a second, over all rooms.", DefaultValueFactory = _ => 2_000 };
        var seconds = new Option<double>("--seconds") { Description = "Seconds that are measured for each number.", DefaultValueFactory = _ => 10 };
        var json = new Option<bool>("--json") { Description = "One JSON object instead of text." };
        var command = new Command("rooms", "Times deliveries of the same messages spread over more and more rooms.") { rooms, members, connections, rate, seconds, json };
        command.SetAction((parsed, stopping) => Running.GuardAsync(
            async () =>
            {
                RoomsRun run = new(
                    parsed.GetValue(rooms)!, parsed.GetValue(members), parsed.GetValue(connections), parsed.GetValue(rate), TimeSpan.FromSeconds(parsed.GetValue(seconds)))
                {
                    Progress = Running.Progress(parsed.GetValue(json)),
                };
                RoomsReport report = await run.RunAsync(stopping).ConfigureAwait(false);
                Print(report, parsed.GetValue(json));
                return report.Broken.Count == 0 ? 0 : 1;
            },
            stopping));
        return command;
    }

    private static void Print(RoomsReport report, bool json)
    {
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(report, JsonSerializerOptions.Web));
            return;
        }

        Table table = new Table().AddColumns("rooms", "feeds", "connections", "messages", "deliveries", "server µs/delivery", "p50 ms", "p99 ms");
        foreach (RoomsFigures figures in report.Figures)
        {
            table.AddRow(
                Text($"{figures.Rooms:N0}"),
                Text($"{figures.Feeds:N0}"),
                Text($"{figures.Connections:N0}"),
                Text($"{figures.Messages:N0}"),
                Text($"{figures.Deliveries:N0}"),
                Text($"{figures.ServerMicroseconds:N2}"),
                Text($"{figures.P50:N2}"),
                Text($"{figures.P99:N2}"));
        }

        AnsiConsole.Write(table);
        AnsiConsole.WriteLine(Text($"The dearest delivery costs {report.Ratio:N2} times the cheapest (goal: 1.25)."));
        foreach (BrokenPromise promise in report.Broken.Take(20))
        {
            AnsiConsole.WriteLine(promise.Sentence);
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
