using System.Diagnostics.Metrics;
using System.Text;

namespace RSocketIm.Server.Diagnostics;

/// <summary>Listens to this server's meters from its start on, and writes what they say in the text format of Prometheus (0.0.4).</summary>
/// <remarks>The meters are the interface: any other exporter (OpenTelemetry, <c>dotnet-counters</c>) can listen to them as well.</remarks>
internal sealed class MetricsExporter : IDisposable
{
    private const string Ours = "RSocketIm.";

    private readonly MeterListener listener = new();
    private readonly IMeterFactory meters;
    private readonly Lock gate = new();
    private readonly SortedDictionary<string, MetricFamily> families = new(StringComparer.Ordinal);

    /// <summary>Begins to listen.</summary>
    /// <param name="meters">Whose meters; a process may hold several servers, and each tells of itself.</param>
    public MetricsExporter(IMeterFactory meters)
    {
        this.meters = meters;
        listener.InstrumentPublished = Publish;
        listener.SetMeasurementEventCallback<int>(static (_, value, tags, family) => ((MetricFamily)family!).Record(value, tags));
        listener.SetMeasurementEventCallback<long>(static (_, value, tags, family) => ((MetricFamily)family!).Record(value, tags));
        listener.SetMeasurementEventCallback<double>(static (_, value, tags, family) => ((MetricFamily)family!).Record(value, tags));
        listener.Start();
    }

    /// <summary>Everything as of now.</summary>
    public string Write()
    {
        listener.RecordObservableInstruments();
        StringBuilder text = new();
        MetricFamily[] all;
        lock (gate)
        {
            all = [.. families.Values];
        }

        foreach (MetricFamily family in all)
        {
            family.Write(text);
        }

        RuntimeGauges.Write(text);
        return text.ToString();
    }

    public void Dispose() => listener.Dispose();

    // Ours, and the one thing that Kestrel turns away before we hear of it: MaxHttpConnections.
    private static bool IsWanted(Instrument instrument) =>
        instrument.Meter.Name.StartsWith(Ours, StringComparison.Ordinal)
        || (instrument.Meter.Name == "Microsoft.AspNetCore.Server.Kestrel" && instrument.Name == "kestrel.rejected_connections");

    private void Publish(Instrument instrument, MeterListener to)
    {
        if (!IsWanted(instrument) || !ReferenceEquals(instrument.Meter.Scope, meters))
        {
            return;
        }

        MetricFamily family = new(instrument);
        lock (gate)
        {
            families[family.Name] = family;
        }

        to.EnableMeasurementEvents(instrument, family);
    }
}
