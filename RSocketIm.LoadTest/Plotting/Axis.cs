using System.Globalization;

namespace RSocketIm.LoadTest.Plotting;

/// <summary>How values become places.</summary>
/// <param name="Label">What it shows, and in which unit.</param>
/// <param name="From">The value at its beginning.</param>
/// <param name="To">The value at its end.</param>
/// <param name="Logarithmic">Each step is ten times the one before; then <paramref name="From"/> is above 0.</param>
internal sealed record Axis(string Label, double From, double To, bool Logarithmic)
{
    /// <summary>Parts that marks divide it into; of a logarithmic one each is a power of ten.</summary>
    public int MarkCount { get; init; } = 4;

    /// <summary>What is written at the marks instead of their values.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>From 0, or the power of ten below the least value, to a round number that nothing exceeds.</summary>
    public static Axis Over(string label, IEnumerable<double> values, bool logarithmic)
    {
        double[] all = [.. values.Where(value => !logarithmic || value > 0).DefaultIfEmpty(1)];
        double most = all.Max() > 0 ? all.Max() : 1;
        if (!logarithmic)
        {
            double step = Math.Pow(10, Math.Floor(Math.Log10(most)));
            return new Axis(label, 0, Math.Ceiling(most / step) * step, false);
        }

        double from = Math.Pow(10, Math.Floor(Math.Log10(all.Min())));
        return new Axis(label, from, Math.Max(from * 10, Math.Pow(10, Math.Ceiling(Math.Log10(most)))), true);
    }

    /// <summary>Where a value is, 0..1.</summary>
    public double Place(double value) => Logarithmic ? Math.Log(Math.Max(value, From) / From) / Math.Log(To / From) : (value - From) / (To - From);

    /// <summary>Values to draw a line at.</summary>
    public IEnumerable<double> Marks()
    {
        int count = Logarithmic ? (int)Math.Round(Math.Log10(To / From)) : MarkCount;
        for (int i = 0; i <= count; i++)
        {
            yield return Logarithmic ? From * Math.Pow(10, i) : From + ((To - From) * i / count);
        }
    }

    /// <summary>A value as a person reads it.</summary>
    public static string Text(double value) => value switch
    {
        >= 1e6 => (value / 1e6).ToString("0.##", CultureInfo.InvariantCulture) + " M",
        >= 1e4 => (value / 1e3).ToString("0.##", CultureInfo.InvariantCulture) + " k",
        _ => value.ToString("0.##", CultureInfo.InvariantCulture),
    };
}
