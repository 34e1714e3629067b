using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using RSocketIm.LoadTest.Backpressure;
using RSocketIm.LoadTest.Replay;
using Spectre.Console;

namespace RSocketIm.LoadTest;

/// <summary><c>replay</c>: how fast feeds come from the disk; fails when a reader does not get every entry once and in order.</summary>
internal static class ReplayCommand
{
    public static Command Create()
    {
        var sizes = new Option<long[]>("--sizes")
        {
            Description = "Entries of a room; each size is measured.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [10_000, 100_000, 1_000_000, 10_000_000],
        };
        var readers = new Option<int>("--readers") { Description = "Readers of one room at a time, in the second half.", DefaultValueFactory = _ => 50 };
        var credit = new Option<int>("--credit") { Description = "Credit of a reader, refilled at half.", DefaultValueFactory = _ => 4_096 };
        var tcp = new Option<bool>("--tcp") { Description = "Over TCP instead of WebSocket." };
        var quick = new Option<bool>("--quick") { Description = "Rooms of 10,000 and 100,000 entries." };
        var json = new Option<bool>("--json") { Description = "One JSON object instead of text." };
        var command = new Command("replay", "Times feeds from the first entry on, of rooms of several sizes, from a cold disk.") { sizes, readers, credit, tcp, quick, json };
        command.SetAction((parsed, stopping) => Running.GuardAsync(
            async () =>
            {
                ReplayRun run = new(
                    parsed.GetValue(quick) ? [10_000, 100_000] : parsed.GetValue(sizes)!, parsed.GetValue(readers), parsed.GetValue(credit), parsed.GetValue(tcp))
                {
                    Progress = Running.Progress(parsed.GetValue(json)),
                };
                ReplayReport report = await run.RunAsync(stopping).ConfigureAwait(false);
                Print(report, parsed.GetValue(json));
                return report.Broken.Count == 0 ? 0 : 1;
            },
            stopping));
        return command;
    }

    private static void Print(ReplayReport report, bool json)
    {
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(report, JsonSerializerOptions.Web));
            return;
        }

        Table table = new Table().AddColumns("entries of a room", "rooms", "readers", "delivered", "seconds", "entries/s", "server µs/entry", "reads of the store");
        foreach (ReplayFigures figures in report.Figures)
        {
            table.AddRow(
                Text($"{figures.Entries:N0}"),
                Text($"{figures.Rooms:N0}"),
                Text($"{figures.Readers:N0}"),
                Text($"{figures.Delivered:N0}"),
                Text($"{figures.Seconds:N2}"),
                Text($"{figures.PerSecond:N0}"),
                Text($"{figures.ServerMicroseconds:N3}"),
                Text($"{figures.StoreReads:N0}"));
        }

        AnsiConsole.Write(table);
        AnsiConsole.WriteLine(report.IsDiskCold ? "The system was made to forget the files before each line." : "The system would not forget the files: they may have come from memory.");
        foreach (BrokenPromise promise in report.Broken.Take(20))
        {
            AnsiConsole.WriteLine(promise.Sentence);
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
