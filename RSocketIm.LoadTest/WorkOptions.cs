using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using RSocketIm.LoadTest.Peers;
using RSocketIm.LoadTest.Works;
using Spectre.Console;

namespace RSocketIm.LoadTest;

/// <summary>What <c>echo</c> and <c>fanout</c> have in common: where, how long, and how it is told.</summary>
internal sealed class WorkOptions
{
    private readonly Option<double> seconds = new("--seconds") { Description = "Seconds that are measured, for each number of connections.", DefaultValueFactory = _ => 5 };
    private readonly Option<double> warmUp = new("--warm-up") { Description = "Seconds before that.", DefaultValueFactory = _ => 2 };
    private readonly Option<Uri?> server = AddressOption.Create("ws:// or tcp:// address of an RSocketIm that runs already; else one is started.");
    private readonly Option<int> serverProcess = new("--server-pid") { Description = "The process of --server, when it runs on this machine: its processor time counts." };
    private readonly Option<bool> tcp = new("--tcp") { Description = "Over TCP instead of WebSocket, to a server that is started." };
    private readonly Option<string?> directory = new("--directory") { Description = "Where the started server has its data; a temporary directory when not given." };
    private readonly Option<string?> file = new("--out") { Description = "Where the report goes as JSON too; plot draws from it." };
    private readonly Option<bool> json = new("--json") { Description = "One JSON object instead of a table." };

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[seconds, warmUp, server, serverProcess, tcp, directory, file, json])
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Measures with each number of connections and tells; 1 when anything was lost.</summary>
    /// <param name="parsed">What was asked for.</param>
    /// <param name="work">Name and amount, as it is told.</param>
    /// <param name="connections">Numbers of connections.</param>
    /// <param name="run">The work with so many.</param>
    /// <param name="stopping">Ends it.</param>
    public Task<int> RunAsync(
        ParseResult parsed, string work, IReadOnlyList<int> connections, Func<int, Peer, WorkTime, CancellationToken, Task<Measurement>> run, CancellationToken stopping) =>
        Running.GuardAsync(() => MeasureAsync(parsed, work, connections, run, stopping), stopping);

    private async Task<int> MeasureAsync(
        ParseResult parsed, string work, IReadOnlyList<int> connections, Func<int, Peer, WorkTime, CancellationToken, Task<Measurement>> run, CancellationToken stopping)
    {
        List<WorkPoint> points = [];
        Peer peer = parsed.GetValue(server) is { } address
            ? RSocketImPeer.At(address, parsed.GetValue(serverProcess))
            : await RSocketImPeer.StartAsync(parsed.GetValue(directory), parsed.GetValue(tcp)).ConfigureAwait(false);
        await using (peer.ConfigureAwait(false))
        {
            foreach (int count in connections)
            {
                await Console.Error.WriteLineAsync($"{work}: {count} connections").ConfigureAwait(false);
                points.Add(new WorkPoint(count, await run(count, peer, WorkTime.Seconds(parsed.GetValue(warmUp), parsed.GetValue(seconds)), stopping).ConfigureAwait(false)));
            }
        }

        WorkReport report = new(work, Machine.Describe(), points);
        string text = JsonSerializer.Serialize(report, JsonSerializerOptions.Web);
        if (parsed.GetValue(file) is { } path)
        {
            await File.WriteAllTextAsync(path, text, CancellationToken.None).ConfigureAwait(false);
        }

        if (parsed.GetValue(json))
        {
            Console.WriteLine(text);
        }
        else
        {
            Print(report, AnsiConsole.Console);
        }

        return points.Any(static point => point.Measured.Violations.Count > 0) ? 1 : 0;
    }

    private static void Print(WorkReport report, IAnsiConsole console)
    {
        console.Profile.Width = Math.Max(console.Profile.Width, 180);
        console.WriteLine(report.Work);
        Table table = new Table().Border(TableBorder.Markdown);
        foreach (string column in (string[])["connections", "op/s", "µs cpu", "µs cpu, tool", "bytes alloc.", "p50 µs", "p99 µs", "p99.9 µs", "max µs"])
        {
            table.AddColumn(new TableColumn(column) { NoWrap = true }.RightAligned());
        }

        foreach ((int connections, Measurement measured) in report.Points)
        {
            table.AddRow(
                Figure(connections, "N0"),
                Figure(measured.PerSecond, "N0"),
                Figure(measured.ServerMicroseconds, "N3"),
                Figure(measured.ClientMicroseconds, "N3"),
                Figure(measured.AllocatedBytes, "N1"),
                Figure(measured.Latency.P50, "N0"),
                Figure(measured.Latency.P99, "N0"),
                Figure(measured.Latency.P999, "N0"),
                Figure(measured.Latency.Max, "N0"));
        }

        console.Write(table);
        foreach (string violation in report.Points.SelectMany(static point => point.Measured.Violations))
        {
            console.WriteLine(violation);
        }

        static string Figure(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "";
    }
}
