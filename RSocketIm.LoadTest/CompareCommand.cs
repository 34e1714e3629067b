using System.CommandLine;
using System.Text.Json;
using RSocketIm.LoadTest.Comparing;
using Spectre.Console;

namespace RSocketIm.LoadTest;

/// <summary><c>compare</c>: the same works on RSocketIm and on its peers; fails when anything was lost, came twice or in another order.</summary>
internal static class CompareCommand
{
    private static readonly CompareSettings Defaults = new();

    private static readonly Option<bool> Quick = new("--quick") { Description = "A check of correctness in about a minute; its figures mean nothing." };
    private static readonly Option<int> Rounds = new("--rounds") { Description = "Rounds; in each, every server does every work.", DefaultValueFactory = _ => Defaults.Rounds };
    private static readonly Option<double> Seconds = new("--seconds") { Description = "Seconds that a work is measured in a round.", DefaultValueFactory = _ => Defaults.Seconds };
    private static readonly Option<int> Subscribers = new("--subscribers") { Description = "Subscribers of the room.", DefaultValueFactory = _ => Defaults.Subscribers };
    private static readonly Option<int> InFlight = new("--in-flight") { Description = "Messages on the way from the publisher.", DefaultValueFactory = _ => Defaults.InFlight };
    private static readonly Option<int> IdleConnections = new("--idle") { Description = "Connections that only wait; 0 leaves that out.", DefaultValueFactory = _ => Defaults.IdleConnections };
    private static readonly Option<string[]> Works = new("--work") { Description = "fanout, echo, single, latency or idle, several times for several; all when not given.", AllowMultipleArgumentsPerToken = true };
    private static readonly Option<string[]> Peers = new("--peer") { Description = $"{string.Join(", ", CompareRun.PeerNames)}, several times for several; all when not given.", AllowMultipleArgumentsPerToken = true };
    private static readonly Option<Uri?> Server = AddressOption.Create("ws:// address of an RSocketIm that runs already; else one is started.");
    private static readonly Option<int> ServerProcess = new("--server-pid") { Description = "The process of --server, when it runs on this machine: its processor time and memory count." };
    private static readonly Option<string?> Directory = new("--directory") { Description = "Where the started server has its data; a temporary directory when not given." };
    private static readonly Option<string?> Out = new("--out") { Description = "Where the report goes as JSON too; plot draws from it." };
    private static readonly Option<bool> Json = new("--json") { Description = "One JSON object instead of tables." };

    public static Command Create()
    {
        Command command = new("compare", "RSocketIm beside SignalR, raw WebSockets, rsocket-js and Mosquitto: the same works by the same client, alternating.")
        {
            Quick, Rounds, Seconds, Subscribers, InFlight, IdleConnections, Works, Peers, Server, ServerProcess, Directory, Out, Json,
        };
        command.SetAction((parsed, stopping) => Running.GuardAsync(() => RunAsync(Settings(parsed), parsed.GetValue(Out), parsed.GetValue(Json), stopping), stopping));
        return command;
    }

    private static CompareSettings Settings(ParseResult parsed)
    {
        CompareSettings settings = new()
        {
            Rounds = parsed.GetValue(Rounds),
            Seconds = parsed.GetValue(Seconds),
            Subscribers = parsed.GetValue(Subscribers),
            InFlight = parsed.GetValue(InFlight),
            IdleConnections = parsed.GetValue(IdleConnections),
        };
        return (parsed.GetValue(Quick) ? CompareSettings.Quick : settings) with
        {
            Works = parsed.GetValue(Works) ?? [],
            Peers = parsed.GetValue(Peers) ?? [],
            Server = parsed.GetValue(Server),
            ServerProcess = parsed.GetValue(ServerProcess),
            Directory = parsed.GetValue(Directory),
        };
    }

    private static async Task<int> RunAsync(CompareSettings settings, string? file, bool json, CancellationToken stopping)
    {
        // Progress goes where it is not mixed up with the report.
        IAnsiConsole progress = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        CompareReport report = progress.Profile.Capabilities.Interactive
            ? await progress.Progress().StartAsync(async context =>
            {
                ProgressTask task = context.AddTask("compare", maxValue: 1);
                return await new CompareRun(settings)
                {
                    Progress = (done, line) =>
                    {
                        task.Value = done;
                        task.Description = Markup.Escape(line);
                    },
                }.RunAsync(stopping).ConfigureAwait(false);
            }).ConfigureAwait(false)
            : await new CompareRun(settings) { Progress = static (_, line) => Console.Error.WriteLine(line) }.RunAsync(stopping).ConfigureAwait(false);
        string text = JsonSerializer.Serialize(report, JsonSerializerOptions.Web);
        if (file is not null)
        {
            await File.WriteAllTextAsync(file, text, CancellationToken.None).ConfigureAwait(false);
        }

        if (json)
        {
            Console.WriteLine(text);
        }
        else
        {
            AnsiConsole.Profile.Width = Math.Max(AnsiConsole.Profile.Width, 220);
            CompareTables.Print(report, AnsiConsole.Console);
        }

        return report.Violations.Count == 0 ? 0 : 1;
    }
}
