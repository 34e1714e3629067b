using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using RSocketIm.LoadTest.Storm;
using Spectre.Console;

namespace RSocketIm.LoadTest;

/// <summary><c>storm</c>: what clients that come and go cost those who stay; fails when one is not answered, or something of those who are gone is left.</summary>
internal static class StormCommand
{
    public static Command Create()
    {
        var comers = new Option<int>("--comers") { Description = "Clients that come and go, each as fast as it can.", DefaultValueFactory = _ => 16 };
        var neighbours = new Option<int>("--neighbours") { Description = "Clients that stay.", DefaultValueFactory = _ => 8 };
        var echoes = new Option<double>("--echoes") { Description = "Echoes a second that those who stay ask for, all together.", DefaultValueFactory = _ => 1_000 };
        var seconds = new Option<double>("--seconds") { Description = "Seconds of each part.", DefaultValueFactory = _ => 5 };
        var tcp = new Option<bool>("--tcp") { Description = "Over TCP instead of WebSocket." };
        var json = new Option<bool>("--json") { Description = "One JSON object instead of text." };
        var command = new Command("storm", "Times the echoes of a few while many connect, sign in and go.") { comers, neighbours, echoes, seconds, tcp, json };
        command.SetAction((parsed, stopping) => Running.GuardAsync(
            async () =>
            {
                StormRun run = new(
                    parsed.GetValue(comers), parsed.GetValue(neighbours), parsed.GetValue(echoes), parsed.GetValue(tcp), TimeSpan.FromSeconds(parsed.GetValue(seconds)))
                {
                    Progress = Running.Progress(parsed.GetValue(json)),
                };
                StormReport report = await run.RunAsync(stopping).ConfigureAwait(false);
                Print(report, parsed.GetValue(json));
                return report.Violations.Count == 0 ? 0 : 1;
            },
            stopping));
        return command;
    }

    private static void Print(StormReport report, bool json)
    {
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(report, JsonSerializerOptions.Web));
            return;
        }

        Table table = new Table().AddColumns("who comes", "a second", "server processors", "echo p50 ms", "p99 ms", "p99.9 ms", "max ms");
        foreach (StormPhase phase in report.Phases)
        {
            table.AddRow(
                phase.Name,
                Text($"{phase.PerSecond:N0}"),
                Text($"{phase.ServerCores:N2}"),
                Text($"{phase.Echo.P50 / 1e3:N2}"),
                Text($"{phase.Echo.P99 / 1e3:N2}"),
                Text($"{phase.Echo.P999 / 1e3:N2}"),
                Text($"{phase.Echo.Max / 1e3:N2}"));
        }

        AnsiConsole.Write(table);
        foreach (string violation in report.Violations)
        {
            AnsiConsole.WriteLine(violation);
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
