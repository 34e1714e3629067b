using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using RSocketIm.LoadTest.Mixed;
using Spectre.Console;

namespace RSocketIm.LoadTest;

/// <summary><c>mixed</c>: a day in a chat server in a minute; fails when anything fails, or a feed is not complete.</summary>
internal static class MixedCommand
{
    public static Command Create()
    {
        MixedWeights usual = MixedWeights.Usual;
        var server = new Option<string?>("--server") { Description = "ws: or tcp: address of a server; without it one is started." };
        var users = new Option<int>("--users") { Description = "Users, each with a connection and three rooms.", DefaultValueFactory = _ => 500 };
        var seconds = new Option<double>("--seconds") { Description = "How long the day is.", DefaultValueFactory = _ => 60 };
        var pause = new Option<double>("--pause") { Description = "Mean seconds between two things that a user does.", DefaultValueFactory = _ => 1 };
        var seed = new Option<ulong>("--seed") { Description = "Of what they do.", DefaultValueFactory = _ => 1 };
        var json = new Option<bool>("--json") { Description = "One JSON object instead of text." };
        Option<int> send = Weight("--send", "a message is sent", usual.Send);
        Option<int> history = Weight("--history", "a page of history is read", usual.History);
        Option<int> search = Weight("--search", "a word is searched", usual.Search);
        Option<int> receipt = Weight("--receipts", "it is told how far one has read", usual.Receipt);
        Option<int> presence = Weight("--presence", "it is asked who is there", usual.Presence);
        Option<int> move = Weight("--move", "a room is left and another one entered", usual.Move);
        Option<int> reconnect = Weight("--reconnect", "a user goes and comes back", usual.Reconnect);
        var command = new Command("mixed", "A day in a chat server in a minute: everything at once, nothing may fail, every feed must be complete.")
        {
            server, users, seconds, pause, seed, json, send, history, search, receipt, presence, move, reconnect,
        };
        command.SetAction((parsed, stopping) => Running.GuardAsync(
            async () =>
            {
                MixedWeights weights = new(
                    parsed.GetValue(send),
                    parsed.GetValue(history),
                    parsed.GetValue(search),
                    parsed.GetValue(receipt),
                    parsed.GetValue(presence),
                    parsed.GetValue(move),
                    parsed.GetValue(reconnect));
                MixedReport report = parsed.GetValue(server) is { } given
                    ? await RunAsync(given).ConfigureAwait(false)
                    : await Running.WithServerAsync("mixed", [], own => RunAsync(own.WebSocket)).ConfigureAwait(false);
                Print(report, parsed.GetValue(json));
                return report.Violations.Count == 0 ? 0 : 1;

                Task<MixedReport> RunAsync(string address) => new MixedRun(
                    address, parsed.GetValue(users), TimeSpan.FromSeconds(parsed.GetValue(seconds)), TimeSpan.FromSeconds(parsed.GetValue(pause)), weights, parsed.GetValue(seed))
                {
                    Progress = Running.Progress(parsed.GetValue(json)),
                }.RunAsync(stopping);
            },
            stopping));
        return command;

        static Option<int> Weight(string name, string what, int usual) =>
            new(name) { Description = $"How often {what}, as a part of all these numbers together.", DefaultValueFactory = _ => usual };
    }

    private static void Print(MixedReport report, bool json)
    {
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(report, JsonSerializerOptions.Web));
            return;
        }

        Table table = new Table().AddColumns("operation", "done", "failed", "p50 ms", "p99 ms", "max ms");
        foreach (MixedFigures figures in report.Figures)
        {
            table.AddRow(
                figures.Operation.ToString(),
                Text($"{figures.Times.Count:N0}"),
                Text($"{figures.Errors:N0}"),
                Text($"{figures.Times.P50:N2}"),
                Text($"{figures.Times.P99:N2}"),
                Text($"{figures.Times.Max:N2}"));
        }

        AnsiConsole.Write(table);
        AnsiConsole.WriteLine(Text($"{report.Read:N0} entries read from feeds."));
        AnsiConsole.WriteLine(report.Violations.Count == 0 ? "Nothing failed, and every feed is complete." : string.Join('\n', report.Violations));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
