using System.Globalization;
using System.Security;
using System.Text;

namespace RSocketIm.LoadTest.Plotting;

/// <summary>Draws lines into a frame, as SVG that a browser shows as it is.</summary>
internal sealed class SvgPlot
{
    private const int Width = 820;
    private const int Height = 320;
    private const int Left = 90;
    private const int Top = 70;
    private const int NameWidth = 200;

    private static readonly string[] Colors = ["#1f77b4", "#ff7f0e", "#2ca02c", "#7f7f7f", "#9467bd", "#d62728", "#8c564b"];

    private readonly StringBuilder svg = new();
    private int names;

    public SvgPlot(string title)
    {
        Add($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Left + Width + 30} {Top + Height + 50}\" font-family=\"sans-serif\" font-size=\"13\">\n");
        Add($"<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n");
        if (title.Length > 0)
        {
            Text(10, 18, title, "#000");
        }
    }

    /// <summary>Lines with their own axes, the names above.</summary>
    public static string Lines(string title, Axis x, Axis y, IReadOnlyList<Series> series)
    {
        SvgPlot plot = new(title);
        plot.Frame(x, y);
        foreach (Series line in series)
        {
            plot.Line(line.Name, line.Points.Select(point => (x.Place(point.X), y.Place(point.Y))), dots: true);
        }

        return plot.End();
    }

    /// <summary>The frame and what is written at its marks.</summary>
    public void Frame(Axis x, Axis y)
    {
        Frame();
        foreach (double mark in y.Marks())
        {
            double at = Top + (Height * (1 - y.Place(mark)));
            Add($"<path d=\"M{Left} {at:F1}h{Width}\" stroke=\"#eee\"/><text x=\"{Left - 6}\" y=\"{at + 4:F1}\" text-anchor=\"end\">{Axis.Text(mark)}</text>\n");
        }

        foreach ((int i, double mark) in x.Marks().Index())
        {
            string text = i < x.Names.Count ? SecurityElement.Escape(x.Names[i]) : Axis.Text(mark);
            Add($"<text x=\"{Left + (Width * x.Place(mark)):F1}\" y=\"{Top + Height + 18}\" text-anchor=\"middle\">{text}</text>\n");
        }

        Add($"<text x=\"{Left + (Width / 2)}\" y=\"{Top + Height + 38}\" text-anchor=\"middle\">{SecurityElement.Escape(x.Label)}</text>\n");
        Add($"<text transform=\"translate(16 {Top + (Height / 2)}) rotate(-90)\" text-anchor=\"middle\">{SecurityElement.Escape(y.Label)}</text>\n");
    }

    /// <summary>The frame alone, for lines that each have a scale of their own.</summary>
    public void Frame() => Add($"<rect x=\"{Left}\" y=\"{Top}\" width=\"{Width}\" height=\"{Height}\" fill=\"none\" stroke=\"#ccc\"/>\n");

    /// <summary>A line and its name, in the next color.</summary>
    /// <param name="name">What it shows.</param>
    /// <param name="points">Places in the frame, 0..1 from the lower left.</param>
    /// <param name="dots">Each point is marked: there are few.</param>
    public void Line(string name, IEnumerable<(double X, double Y)> points, bool dots)
    {
        string color = Colors[names % Colors.Length];
        (double X, double Y)[] places = [.. points.Select(static point => (Left + (Width * point.X), Top + (Height * (1 - point.Y))))];
        Add($"<polyline fill=\"none\" stroke=\"{color}\" stroke-width=\"1.5\" points=\"{string.Join(' ', places.Select(static at => string.Create(CultureInfo.InvariantCulture, $"{at.X:F1},{at.Y:F1}")))}\"/>\n");
        foreach ((double x, double y) in dots ? places : [])
        {
            Add($"<circle cx=\"{x:F1}\" cy=\"{y:F1}\" r=\"3\" fill=\"{color}\"/>\n");
        }

        int columns = dots ? 4 : 2;
        Text(10 + (names % columns * (dots ? NameWidth : 2 * NameWidth)), 40 + (names / columns * 18), name, color);
        names++;
    }

    /// <summary>What stands below the frame at both ends.</summary>
    public void Ends(string left, string right) =>
        Add($"<text x=\"{Left}\" y=\"{Top + Height + 20}\">{SecurityElement.Escape(left)}</text><text x=\"{Left + Width}\" y=\"{Top + Height + 20}\" text-anchor=\"end\">{SecurityElement.Escape(right)}</text>\n");

    /// <summary>The whole picture.</summary>
    public string End() => svg.Append("</svg>\n").ToString();

    private void Text(int x, int y, string text, string color) => Add($"<text x=\"{x}\" y=\"{y}\" fill=\"{color}\">{SecurityElement.Escape(text)}</text>\n");

    private void Add(FormattableString text) => svg.Append(text.ToString(CultureInfo.InvariantCulture));
}
