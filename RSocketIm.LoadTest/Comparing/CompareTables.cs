using System.Globalization;
using RSocketIm.LoadTest.Works;
using Spectre.Console;

namespace RSocketIm.LoadTest.Comparing;

/// <summary>A report as tables for people.</summary>
internal static class CompareTables
{
    public static void Print(CompareReport report, IAnsiConsole console)
    {
        Machine machine = report.Machine;
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{machine.Processor}, {machine.Processors} processors, {machine.MemoryBytes >> 30} GiB, {machine.System}, {machine.Runtime}, {machine.Time}"));
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{report.Settings.Rounds} rounds of {report.Settings.Seconds} s each; medians over the rounds, ratios as min - median - max. µs cpu: of the server, per operation."));
        foreach (WorkText work in report.Works)
        {
            Print(report, work, console);
        }

        if (report.Idle.Count > 0)
        {
            PrintIdle(report, console);
        }

        PrintGoals(report, console);
        foreach (string line in report.Missing.Concat(report.Violations))
        {
            console.WriteLine(line);
        }
    }

    private static void Print(CompareReport report, WorkText work, IAnsiConsole console)
    {
        console.WriteLine();
        console.WriteLine($"{work.Name}: {work.Text}");
        Table table = NewTable("server", "op/s", "µs cpu", "µs cpu, tool", "bytes alloc.", "p50 µs", "p99 µs", "p99.9 µs", "max µs", "op/s: RSocketIm / it", "cpu: RSocketIm / it");
        foreach (string peer in report.PeersOf(work.Name))
        {
            bool own = peer == CompareReport.Own;
            table.AddRow(
                peer,
                Median(static m => m.PerSecond, "N0"),
                Median(static m => m.ServerMicroseconds, "N3"),
                Median(static m => m.ClientMicroseconds, "N3"),
                Median(static m => m.AllocatedBytes, "N1"),
                Median(static m => m.Latency.P50, "N0"),
                Median(static m => m.Latency.P99, "N0"),
                Median(static m => m.Latency.P999, "N0"),
                Median(static m => m.Latency.Max, "N0"),
                own ? "" : Text(report.Ratio(work.Name, peer, static m => m.PerSecond)),
                own ? "" : Text(report.Ratio(work.Name, peer, static m => m.ServerMicroseconds)));

            string Median(Func<Measurement, double?> figure, string format) => report.Of(work.Name, peer, figure)?.Median.ToString(format, CultureInfo.InvariantCulture) ?? "";
        }

        console.Write(table);
    }

    private static void PrintIdle(CompareReport report, IAnsiConsole console)
    {
        console.WriteLine();
        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"idle: {report.Idle[0].Measured.Connections:N0} WebSocket connections, each subscribed to a room of its own"));
        Table table = NewTable("server", "bytes each", "processors busy");
        foreach (IdleSample sample in report.Idle)
        {
            table.AddRow(
                sample.Peer, sample.Measured.BytesEach.ToString("N0", CultureInfo.InvariantCulture), sample.Measured.Processor.ToString("N4", CultureInfo.InvariantCulture));
        }

        console.Write(table);
    }

    private static void PrintGoals(CompareReport report, IAnsiConsole console)
    {
        console.WriteLine();
        Table table = NewTable("what", "goal", "reached", "met");
        foreach (Goal goal in Goals.Of(report))
        {
            table.AddRow(
                goal.Text,
                string.Create(CultureInfo.InvariantCulture, $"{(goal.AtLeast ? "at least" : "at most")} {goal.Bound:N1}"),
                goal.Reached is null ? "not measured" : Text(goal.Reached),
                goal.IsMet switch { true => "yes", false => "no", null => "" });
        }

        console.Write(table);
    }

    private static Table NewTable(params string[] columns)
    {
        Table table = new Table().Border(TableBorder.Markdown);
        for (int i = 0; i < columns.Length; i++)
        {
            TableColumn column = new(Markup.Escape(columns[i])) { NoWrap = true };
            table.AddColumn(i == 0 ? column : column.RightAligned());
        }

        return table;
    }

    private static string Text(Spread? spread) => spread is null
        ? ""
        : string.Create(CultureInfo.InvariantCulture, $"{spread.Min:N2} - {spread.Median:N2} - {spread.Max:N2}");
}
