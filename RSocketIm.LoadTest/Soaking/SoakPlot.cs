using System.Globalization;
using RSocketIm.LoadTest.Plotting;

namespace RSocketIm.LoadTest.Soaking;

/// <summary>Draws the samples of a soak: a line for each measure, all from 0 to their largest value.</summary>
internal static class SoakPlot
{
    private static readonly (string Name, string Label)[] Lines =
    [
        ("resident", "resident memory"),
        ("dotnet_gc_last_heap_bytes", "heap after the last collection"),
        ("handles", "handles"),
        ("rsocketim_connections", "connections"),
    ];

    public static string Draw(SoakReport report)
    {
        double end = Math.Max(1, report.Samples.Count == 0 ? 1 : report.Samples[^1].Second);
        SvgPlot plot = new("");
        plot.Frame();
        foreach ((string name, string label) in Lines)
        {
            SoakSample[] samples = [.. report.Samples.Where(sample => sample.Values.ContainsKey(name))];
            double most = samples.Select(sample => sample.Values[name]).Append(1).Max();
            plot.Line($"{label}, top line = {Scaled(most)}", samples.Select(sample => (sample.Second / end, sample.Values[name] / most)), dots: false);
        }

        plot.Ends("0 s", string.Create(CultureInfo.InvariantCulture, $"{end:N0} s, {report.Users:N0} users"));
        return plot.End();
    }

    private static string Scaled(double value) => value >= 1 << 20
        ? string.Create(CultureInfo.InvariantCulture, $"{value / (1 << 20):N0} MiB")
        : value.ToString("N0", CultureInfo.InvariantCulture);
}
