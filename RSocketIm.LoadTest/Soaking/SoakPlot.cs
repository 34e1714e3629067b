using System.Globalization;
using System.Text;

namespace RSocketIm.LoadTest.Soaking;

/// <summary>Draws the samples of a soak: a line for each measure, all from 0 to their largest value.</summary>
internal static class SoakPlot
{
    private const int Width = 900;
    private const int Height = 260;
    private const int Left = 10;
    private const int Top = 60;

    private static readonly (string Name, string Label, string Color)[] Lines =
    [
        ("resident", "resident memory", "#1f77b4"),
        ("dotnet_gc_last_heap_bytes", "heap after the last collection", "#ff7f0e"),
        ("handles", "handles", "#2ca02c"),
        ("rsocketim_connections", "connections", "#7f7f7f"),
    ];

    public static string Draw(SoakReport report)
    {
        double end = Math.Max(1, report.Samples.Count == 0 ? 1 : report.Samples[^1].Second);
        StringBuilder svg = new();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width + (2 * Left)} {Height + Top + 30}\" font-family=\"sans-serif\" font-size=\"13\">\n");
        svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{Left}\" y=\"{Top}\" width=\"{Width}\" height=\"{Height}\" fill=\"none\" stroke=\"#ccc\"/>\n");
        int at = 0;
        foreach ((string name, string label, string color) in Lines)
        {
            SoakSample[] samples = [.. report.Samples.Where(sample => sample.Values.ContainsKey(name))];
            double most = samples.Select(sample => sample.Values[name]).Append(1).Max();
            string points = string.Join(' ', samples.Select(sample => string.Create(
                CultureInfo.InvariantCulture, $"{Left + (Width * sample.Second / end):F1},{Top + Height - (Height * sample.Values[name] / most):F1}")));
            svg.Append(CultureInfo.InvariantCulture, $"<polyline fill=\"none\" stroke=\"{color}\" stroke-width=\"1.5\" points=\"{points}\"/>\n");
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left + (at % 2 * 450)}\" y=\"{18 + (at / 2 * 20)}\" fill=\"{color}\">{label}, top line = {Scaled(most)}</text>\n");
            at++;
        }

        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left}\" y=\"{Height + Top + 20}\">0 s</text><text x=\"{Width + Left}\" y=\"{Height + Top + 20}\" text-anchor=\"end\">{end:N0} s, {report.Users:N0} users</text>\n</svg>\n");
        return svg.ToString();
    }

    private static string Scaled(double value) => value >= 1 << 20
        ? string.Create(CultureInfo.InvariantCulture, $"{value / (1 << 20):N0} MiB")
        : value.ToString("N0", CultureInfo.InvariantCulture);
}
