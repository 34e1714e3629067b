using System.Text.Json;

namespace RSocketIm.LoadTest.Plotting;

/// <summary>Finds out what a report of this tool is and draws it.</summary>
internal static class ReportPlots
{
    /// <summary>Draws.</summary>
    /// <param name="report">What a command wrote with <c>--out</c>.</param>
    /// <returns>File names and pictures; none when there is nothing to draw in it.</returns>
    public static IEnumerable<(string File, string Svg)> Draw(JsonElement report)
    {
        if (report.TryGetProperty("works", out _) && report.TryGetProperty("samples", out JsonElement samples))
        {
            return DrawComparison(samples);
        }

        if (report.TryGetProperty("points", out JsonElement points))
        {
            return DrawPoints(report.GetProperty("work").GetString()!, points);
        }

        return report.TryGetProperty("parts", out JsonElement parts) && report.TryGetProperty("samples", out samples) ? DrawStalled(parts, samples) : [];
    }

    private static IEnumerable<(string File, string Svg)> DrawComparison(JsonElement samples)
    {
        foreach (IGrouping<string, JsonElement> work in samples.EnumerateArray().GroupBy(static sample => sample.GetProperty("work").GetString()!))
        {
            Series[] lines =
            [
                .. from sample in work
                   group sample.GetProperty("measured").GetProperty("latency") by sample.GetProperty("peer").GetString()! into peer
                   orderby peer.Key != "RSocketIm"
                   select new Series(peer.Key, [(1, Median(peer, "p50")), (2, Median(peer, "p99")), (3, Median(peer, "p999")), (4, Median(peer, "max"))]),
            ];
            yield return (
                $"latency-{work.Key}.svg",
                SvgPlot.Lines(
                    $"{work.Key}: time from the intended send to the arrival, medians over the rounds",
                    new Axis("", 1, 4, false) { MarkCount = 3, Names = ["p50", "p99", "p99.9", "longest"] },
                    Axis.Over("µs", lines.SelectMany(static line => line.Points).Select(static point => point.Y), logarithmic: true),
                    lines));
        }
    }

    private static IEnumerable<(string File, string Svg)> DrawPoints(string work, JsonElement points)
    {
        (double X, double Y)[] perSecond = Of("perSecond");
        yield return (
            "throughput.svg",
            SvgPlot.Lines(
                work,
                Axis.Over("connections", perSecond.Select(static point => point.X), logarithmic: true),
                Axis.Over("operations a second", perSecond.Select(static point => point.Y), logarithmic: false),
                [new Series("RSocketIm", perSecond)]));
        (double X, double Y)[] cost = Of("serverMicroseconds");
        if (cost.Length > 0)
        {
            yield return (
                "throughput-cpu.svg",
                SvgPlot.Lines(
                    work,
                    Axis.Over("connections", cost.Select(static point => point.X), logarithmic: true),
                    Axis.Over("µs of server processor an operation", cost.Select(static point => point.Y), logarithmic: false),
                    [new Series("RSocketIm", cost)]));
        }

        (double X, double Y)[] Of(string figure) =>
        [
            .. from point in points.EnumerateArray()
               let value = point.GetProperty("measured").GetProperty(figure)
               where value.ValueKind == JsonValueKind.Number
               select (point.GetProperty("connections").GetDouble(), value.GetDouble()),
        ];
    }

    // Both are in the report of the command that stalls subscribers: memory over time, and the parts of the run to tell when they stalled.
    private static IEnumerable<(string File, string Svg)> DrawStalled(JsonElement parts, JsonElement samples)
    {
        const double MiB = 1 << 20;
        Series[] lines = [Of("resident memory, MiB", "residentBytes", MiB), Of("heap, MiB", "heapBytes", MiB), Of("stalled subscribers", "stalled", 1)];
        yield return (
            "stalled-memory.svg",
            SvgPlot.Lines(
                $"Memory of the server with stalled subscribers over time; {parts.GetArrayLength()} parts",
                Axis.Over("seconds", lines[0].Points.Select(static point => point.X), logarithmic: false),
                Axis.Over("MiB; subscribers", lines.SelectMany(static line => line.Points).Select(static point => point.Y), logarithmic: false),
                lines));

        Series Of(string name, string figure, double unit) =>
            new(name, [.. samples.EnumerateArray().Select(sample => (sample.GetProperty("second").GetDouble(), sample.GetProperty(figure).GetDouble() / unit))]);
    }

    private static double Median(IEnumerable<JsonElement> latencies, string part)
    {
        double[] values = [.. latencies.Select(latency => latency.GetProperty(part).GetDouble()).Order()];
        return values[values.Length / 2];
    }
}
