using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace RSocketIm.Server.Diagnostics;

/// <summary>One instrument: its values by labels, and how Prometheus calls it.</summary>
internal sealed class MetricFamily
{
    // Labels are of our own making and few; should one ever hold what a client chose, this is where it stops.
    internal const int MaxSeries = 1_000;

    // Seconds: from a commit on a fast disk to one on a disk that is about to fail. Counts: batches and sizes.
    private static readonly double[] SecondBounds = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
    private static readonly double[] CountBounds = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000];

    private readonly Lock gate = new();
    private readonly Dictionary<string, Series> series = new(StringComparer.Ordinal);
    private readonly string help;
    private readonly string type;
    private readonly bool isAbsolute;
    private readonly double[]? bounds;

    public MetricFamily(Instrument instrument)
    {
        Type kind = instrument.GetType().GetGenericTypeDefinition();
        bool isCounter = kind == typeof(Counter<>) || kind == typeof(ObservableCounter<>);
        bool isHistogram = kind == typeof(Histogram<>);
        isAbsolute = instrument.IsObservable || kind == typeof(Gauge<>);
        type = isCounter ? "counter" : isHistogram ? "histogram" : "gauge";
        bounds = !isHistogram ? null : instrument.Unit == "s" ? SecondBounds : CountBounds;
        help = instrument.Description ?? instrument.Name;
        Name = NameOf(instrument, isCounter);
    }

    public string Name { get; }

    /// <summary>Takes a measurement.</summary>
    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        string labels = LabelsOf(tags);
        lock (gate)
        {
            if (!series.TryGetValue(labels, out Series? one))
            {
                if (series.Count == MaxSeries)
                {
                    return;
                }

                series.Add(labels, one = new Series { Buckets = bounds is null ? [] : new long[bounds.Length] });
            }

            one.Sum = isAbsolute ? value : one.Sum + value;
            one.Count++;
            if (bounds is not null && Array.FindIndex(bounds, bound => value <= bound) is >= 0 and int bucket)
            {
                one.Buckets[bucket]++;
            }
        }
    }

    /// <summary>Writes all series.</summary>
    public void Write(StringBuilder text)
    {
        lock (gate)
        {
            if (series.Count == 0)
            {
                return;
            }

            text.Append(CultureInfo.InvariantCulture, $"# HELP {Name} {help}\n# TYPE {Name} {type}\n");
            foreach ((string labels, Series one) in series)
            {
                if (bounds is null)
                {
                    AppendSample(text, Name, labels, one.Sum);
                }
                else
                {
                    WriteHistogram(text, labels, one);
                }
            }
        }
    }

    private static void AppendSample(StringBuilder text, string name, string labels, double value)
    {
        text.Append(name);
        if (labels.Length > 0)
        {
            text.Append('{').Append(labels).Append('}');
        }

        text.Append(CultureInfo.InvariantCulture, $" {value}\n");
    }

    private static string NameOf(Instrument instrument, bool isCounter)
    {
        StringBuilder name = new(instrument.Name.Replace('.', '_'));
        string unit = instrument.Unit switch { "s" => "_seconds", "By" => "_bytes", _ => "" };
        if (unit.Length > 0 && !instrument.Name.EndsWith(unit[1..], StringComparison.Ordinal))
        {
            name.Append(unit);
        }

        return isCounter ? name.Append("_total").ToString() : name.ToString();
    }

    private static string LabelsOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty)
        {
            return "";
        }

        StringBuilder labels = new();
        foreach ((string key, object? value) in tags)
        {
            string text = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
            labels.Append(labels.Length > 0 ? "," : "").Append(key.Replace('.', '_')).Append("=\"")
                .Append(text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal))
                .Append('"');
        }

        return labels.ToString();
    }

    private void WriteHistogram(StringBuilder text, string labels, Series one)
    {
        string prefix = labels.Length > 0 ? labels + "," : "";
        long below = 0;
        for (int i = 0; i < bounds!.Length; i++)
        {
            below += one.Buckets[i];
            AppendSample(text, Name + "_bucket", string.Create(CultureInfo.InvariantCulture, $"{prefix}le=\"{bounds[i]}\""), below);
        }

        AppendSample(text, Name + "_bucket", prefix + "le=\"+Inf\"", one.Count);
        AppendSample(text, Name + "_sum", labels, one.Sum);
        AppendSample(text, Name + "_count", labels, one.Count);
    }

    private sealed class Series
    {
        public double Sum { get; set; }

        public long Count { get; set; }

        public required long[] Buckets { get; init; }
    }
}
