using System.Diagnostics.Metrics;
using RSocketIm.Server.Diagnostics;

namespace RSocketIm.Tests.Server.Diagnostics;

public sealed class MetricsExporterTests
{
    [Fact]
    public void Write_EachKindOfInstrument_FollowsTheTextFormat()
    {
        using ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        IMeterFactory meters = services.GetRequiredService<IMeterFactory>();
        using MetricsExporter exporter = new(meters);
        Meter meter = meters.Create("RSocketIm.Tests");
        using Meter another = new("RSocketIm.Tests");
        another.CreateCounter<long>("test.foreign").Add(1);
        using Meter other = new("Somebody.Else");
        other.CreateCounter<long>("else.things").Add(1);
        Counter<long> counter = meter.CreateCounter<long>("test.things", description: "Things.");
        counter.Add(2, new KeyValuePair<string, object?>("kind", "a \"b\""));
        counter.Add(3, new KeyValuePair<string, object?>("kind", "a \"b\""));
        meter.CreateObservableGauge("test.size", () => 7, "By", "Size.");
        Histogram<double> histogram = meter.CreateHistogram<double>("test.duration", "s", "Time.");
        histogram.Record(0.002);
        histogram.Record(60);

        string text = exporter.Write();
        Assert.Contains("# HELP test_things_total Things.\n# TYPE test_things_total counter\ntest_things_total{kind=\"a \\\"b\\\"\"} 5\n", text, StringComparison.Ordinal);
        Assert.Contains("# TYPE test_size_bytes gauge\ntest_size_bytes 7\n", text, StringComparison.Ordinal);
        Assert.Contains("test_duration_seconds_bucket{le=\"0.001\"} 0\ntest_duration_seconds_bucket{le=\"0.0025\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("test_duration_seconds_bucket{le=\"10\"} 1\ntest_duration_seconds_bucket{le=\"+Inf\"} 2\n", text, StringComparison.Ordinal);
        Assert.Contains("test_duration_seconds_sum 60.002\ntest_duration_seconds_count 2\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("test_foreign", text, StringComparison.Ordinal);
        Assert.DoesNotContain("else_things", text, StringComparison.Ordinal);
    }
}
