using System.Text.Json;
using System.Xml.Linq;
using RSocketIm.LoadTest.Plotting;
using RSocketIm.LoadTest.Works;

namespace RSocketIm.Tests.LoadTest.Plotting;

public sealed class ReportPlotsTests
{
    [Fact]
    public void WorkReport_IsThroughputAndCost()
    {
        WorkReport report = new("fan-out & more", Machine.Describe(), [Point(100, 5_000), Point(1_000, 400_000)]);

        (string File, string Svg)[] plots = [.. Draw(JsonSerializer.Serialize(report, JsonSerializerOptions.Web))];

        Assert.Equal(["throughput.svg", "throughput-cpu.svg"], plots.Select(static plot => plot.File));
        Assert.All(plots, static plot => Assert.Equal(2, XDocument.Parse(plot.Svg).Descendants().Count(static node => node.Name.LocalName == "circle")));
    }

    [Fact]
    public void Comparison_IsALatencyPlotForEachWork()
    {
        const string Measured = """{"latency":{"p50":10,"p99":200,"p999":300,"max":4000}}""";
        string report = $$"""{"works":[],"samples":[{"work":"echo","peer":"SignalR","measured":{{Measured}}},{"work":"echo","peer":"RSocketIm","measured":{{Measured}}}]}""";

        (string file, string svg) = Assert.Single(Draw(report));

        Assert.Equal("latency-echo.svg", file);
        Assert.Equal(2, XDocument.Parse(svg).Descendants().Count(static node => node.Name.LocalName == "polyline"));
    }

    [Fact]
    public void StalledSubscribers_AreMemoryOverTime()
    {
        (string file, string svg) = Assert.Single(Draw(
            """{"parts":[{},{}],"samples":[{"second":0,"stalled":0,"residentBytes":1000000,"heapBytes":0},{"second":9,"stalled":200,"residentBytes":3000000,"heapBytes":1}]}"""));

        Assert.Equal("stalled-memory.svg", file);
        Assert.Equal(3, XDocument.Parse(svg).Descendants().Count(static node => node.Name.LocalName == "polyline"));
    }

    [Fact]
    public void AnythingElse_IsNotDrawn() => Assert.Empty(Draw("""{"rounds":3}"""));

    [Theory]
    [InlineData(0, false)]
    [InlineData(7, false)]
    [InlineData(1_234_567, true)]
    [InlineData(0.3, true)]
    public void Axis_HoldsWhatItIsMadeFor(double value, bool logarithmic)
    {
        Axis axis = Axis.Over("x", [value], logarithmic);

        Assert.InRange(axis.Place(value), 0, 1);
        Assert.All(axis.Marks(), mark => Assert.InRange(axis.Place(mark), -1e-9, 1 + 1e-9));
    }

    private static WorkPoint Point(int connections, double perSecond) => new(connections, new Measurement
    {
        Operations = 1,
        PerSecond = perSecond,
        ServerMicroseconds = 0.5,
        ClientMicroseconds = 1,
        Latency = new Latency(1, 1, 1, 1),
        Violations = [],
    });

    private static IEnumerable<(string File, string Svg)> Draw(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return [.. ReportPlots.Draw(document.RootElement)];
    }
}
