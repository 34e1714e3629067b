using System.Diagnostics.Metrics;
using System.Globalization;
using RSocketIm.Protocol.Connections;

namespace RSocketIm.Server.Diagnostics;

/// <summary>How often each bound was met: meter <c>RSocketIm.Limits</c>, one family for all. docs/limits.md has them in a table.</summary>
internal sealed class LimitMetrics
{
    private static readonly string[] ConnectionNames = [.. Enum.GetNames<ConnectionLimit>().Select(LabelOf)];
    private static readonly string[] ServerNames = [.. Enum.GetNames<ServerLimit>().Select(LabelOf)];

    private readonly long[] connection = new long[ConnectionNames.Length];
    private readonly long[] server = new long[ServerNames.Length];

    /// <summary>Creates the instrument, with every limit at 0 from the start: an alert must not wait for the first hit to have something to compare with.</summary>
    public LimitMetrics(IMeterFactory meters)
    {
        Meter meter = meters.Create("RSocketIm.Limits");
        meter.CreateObservableCounter("rsocketim.limit.hits", Measure, description: "How often a bound was met, by the name it has in docs/limits.md.");
    }

    /// <summary>The labels of all limits.</summary>
    public static IEnumerable<string> Names => ConnectionNames.Concat(ServerNames);

    public void Hit(ConnectionLimit limit) => Interlocked.Increment(ref connection[(int)limit]);

    public void Hit(ServerLimit limit) => Interlocked.Increment(ref server[(int)limit]);

    private IEnumerable<Measurement<long>> Measure() =>
        Measure(ConnectionNames, connection).Concat(Measure(ServerNames, server));

    private static IEnumerable<Measurement<long>> Measure(string[] names, long[] counts) =>
        names.Select((name, i) => new Measurement<long>(Volatile.Read(ref counts[i]), new KeyValuePair<string, object?>("limit", name)));

    // MaxPartialBytes would be an option; PartialBytes is the limit, and partial_bytes its label.
    private static string LabelOf(string name) => string.Concat(name.Select(static (letter, i) =>
        char.IsUpper(letter) ? (i > 0 ? "_" : "") + char.ToLower(letter, CultureInfo.InvariantCulture) : letter.ToString()));
}
