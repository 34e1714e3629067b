using System.Globalization;
using Spectre.Console;

namespace RSocketIm.LoadTest.Backpressure;

/// <summary>Shows a <see cref="BackpressureReport"/> to people.</summary>
internal static class BackpressureTables
{
    // Bytes for each stalled feed beyond its connection, at most.
    private const double GoalBytesPerStall = 1_024;

    private static readonly (PromiseCheck Check, string What)[] Checks =
    [
        (PromiseCheck.Credit, "never more than was granted"),
        (PromiseCheck.Complete, "no entry left out"),
        (PromiseCheck.Once, "no entry twice"),
        (PromiseCheck.Order, "entries in their order"),
        (PromiseCheck.Rest, "who was stalled got the rest"),
        (PromiseCheck.Open, "nobody cut off"),
    ];

    public static void Print(BackpressureReport report)
    {
        AnsiConsole.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"{report.Feeds:N0} feeds, {report.Messages:N0} messages, {report.Payloads:N0} payloads; every frame counted.");
        PrintParts(report);
        PrintStalls(report);
        PrintChecks(report);
    }

    private static void PrintParts(BackpressureReport report)
    {
        Table table = new Table().AddColumn("part").AddColumn("stalled").AddColumn("acknowledged after, ms\np50 - p99 - p99.9 - max").AddColumn("at readers that keep up, ms\np50 - p99 - p99.9 - max");
        foreach (BackpressurePart part in report.Parts)
        {
            table.AddRow(part.Name, Text($"{part.Stalled:N0}"), Times(part.Publisher), Times(part.Readers));
        }

        AnsiConsole.Write(table);

        static string Times(LatencyFigures times) => Text($"{times.P50:N2} - {times.P99:N2} - {times.P999:N2} - {times.Max:N2}");
    }

    private static void PrintStalls(BackpressureReport report)
    {
        if (report.FullSockets is { } full)
        {
            AnsiConsole.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"{full} of {report.UnreadSockets} sockets that nobody read were full.");
        }

        if (report.CatchUpSeconds is { } seconds)
        {
            AnsiConsole.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"Stalled readers had what they missed {seconds:N2} s after they went on.");
        }

        if (report.Memory is { } memory)
        {
            AnsiConsole.MarkupLineInterpolated(
                CultureInfo.InvariantCulture,
                $"Server memory beyond its connection, of {memory.Feeds:N0} feeds each: {memory.BytesPerCreditStall:N0} bytes for one that waits for credit, {memory.BytesPerSocketStall:N0} for one whose socket is not read (goal: {GoalBytesPerStall:N0}).");
        }
    }

    private static void PrintChecks(BackpressureReport report)
    {
        Table table = new Table().AddColumn("check").AddColumn("");
        foreach ((PromiseCheck check, string what) in Checks)
        {
            int broken = report.CountOf(check);
            table.AddRow(what, broken == 0 ? "kept" : Text($"BROKEN, {broken}"));
        }

        AnsiConsole.Write(table);
        foreach (BrokenPromise promise in report.Broken.Take(20))
        {
            AnsiConsole.WriteLine(promise.Sentence);
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
