using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using RSocketIm.LoadTest.Idle;
using Spectre.Console;

namespace RSocketIm.LoadTest;

/// <summary><c>idle</c>: what connections cost that do nothing.</summary>
internal static class IdleCommand
{
    private const int GoalBytes = 8_192;

    public static Command Create()
    {
        var connections = new Option<int>("--connections") { Description = "Connections; beyond 20,000 they come from several addresses of loopback.", DefaultValueFactory = _ => 10_000 };
        var rooms = new Option<int>("--rooms") { Description = "Rooms that they wait for, one each.", DefaultValueFactory = _ => 1_000 };
        var seconds = new Option<double>("--seconds") { Description = "Seconds in which nothing happens.", DefaultValueFactory = _ => 10 };
        var tcp = new Option<bool>("--tcp") { Description = "Over TCP instead of WebSocket." };
        var variables = new Option<string[]>("--env") { Description = "NAME=VALUE: a variable for the server, such as a setting of its collector.", DefaultValueFactory = _ => [] };
        var json = new Option<bool>("--json") { Description = "One JSON object instead of text." };
        var command = new Command("idle", "Server memory and processor time of connections that wait for a room and nothing happens.") { connections, rooms, seconds, tcp, variables, json };
        command.SetAction((parsed, stopping) => Running.GuardAsync(
            async () =>
            {
                IdleRun run = new(parsed.GetValue(connections), parsed.GetValue(rooms), parsed.GetValue(tcp), TimeSpan.FromSeconds(parsed.GetValue(seconds)))
                {
                    Progress = Running.Progress(parsed.GetValue(json)),
                    Environment = parsed.GetValue(variables)!.Select(static text => text.Split('=', 2)).ToDictionary(static parts => parts[0], static parts => parts[^1]),
                };
                Print(await run.RunAsync(stopping).ConfigureAwait(false), parsed.GetValue(json));
                return 0;
            },
            stopping));
        return command;
    }

    private static void Print(IdleReport report, bool json)
    {
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(report, JsonSerializerOptions.Web));
            return;
        }

        Table table = new Table().AddColumns("of each connection", "bytes");
        table.AddRow("private memory as they are", Text($"{report.ResidentBytes:N0}"));
        table.AddRow(Text($"private memory after collections (goal: {GoalBytes:N0})"), Text($"{report.SettledBytes:N0}"));
        table.AddRow("managed memory in use", Text($"{report.HeapBytes:N0}"));
        AnsiConsole.Write(table);
        AnsiConsole.WriteLine(Text($"{report.Connections:N0} connections in {report.ConnectSeconds:N1} s; at rest the server used {100 * report.IdleCores:N2} % of a processor, without them {100 * report.EmptyCores:N2} %."));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
