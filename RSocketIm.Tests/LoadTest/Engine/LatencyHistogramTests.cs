using RSocketIm.LoadTest.Engine;

namespace RSocketIm.Tests.LoadTest.Engine;

public sealed class LatencyHistogramTests
{
    [Theory]
    [InlineData(0.5)]
    [InlineData(0.99)]
    [InlineData(0.999)]
    [InlineData(1.0)]
    public void Percentile_IsWithinAPercentOfWhatSortingGives(double part)
    {
        LatencyHistogram histogram = new();
        long[] times = [.. Enumerable.Range(1, 20_000).Select(static i => (long)i * i * 7)];
        foreach (long time in times)
        {
            histogram.Record(time);
        }

        long exact = times[(int)Math.Ceiling(part * times.Length) - 1];
        Assert.InRange(histogram.Percentile(part), exact, (long)(exact * 1.01));
    }

    [Fact]
    public void Percentile_OfNothing_IsZero() => Assert.Equal(0, new LatencyHistogram().Percentile(0.99));

    [Fact]
    public void Percentile_IsNeverAboveTheLongestTime()
    {
        LatencyHistogram histogram = new();
        histogram.Record(1_000_003);

        Assert.Equal(1_000_003, histogram.Percentile(0.5));
        Assert.Equal(1_000_003, histogram.Max);
    }

    [Fact]
    public void Record_TakesEveryTimeThereIs()
    {
        LatencyHistogram histogram = new();
        histogram.Record(long.MaxValue);
        histogram.Record(-1);
        for (int i = 0; i < 63; i++)
        {
            histogram.Record(1L << i);
            histogram.Record((1L << i) - 1);
        }

        Assert.Equal(128, histogram.Count);
        Assert.Equal(long.MaxValue, histogram.Percentile(1));
        Assert.Equal(0, histogram.Percentile(0));
    }

    [Fact]
    public void Add_CountsBoth()
    {
        LatencyHistogram low = new();
        LatencyHistogram high = new();
        low.Record(10);
        high.Record(1_000);

        low.Add(high);

        Assert.Equal((2, 1_000, 10), (low.Count, low.Max, low.Percentile(0.5)));
        low.Clear();
        Assert.Equal((0, 0), (low.Count, low.Max));
    }
}
