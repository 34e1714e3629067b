using RSocketIm.LoadTest.Comparing;
using RSocketIm.LoadTest.Works;

namespace RSocketIm.Tests.LoadTest.Comparing;

public sealed class GoalsTests
{
    private const string PerCpuSecond = "fan-out: deliveries per processor second, times SignalR's";

    [Theory]
    [InlineData(0.1, true)]
    [InlineData(0.125, true)]
    [InlineData(0.13, false)]
    public void Goal_HoldsWhenTheMedianReachesIt(double microseconds, bool met)
    {
        // In round 2 the machine did something else: it hit both, and the ratio stayed.
        CompareReport report = Report(Fanout("RSocketIm", 1, microseconds), Fanout("RSocketIm", 2, 10 * microseconds), Fanout("SignalR", 1, 1), Fanout("SignalR", 2, 10));

        Goal goal = Goals.Of(report).Single(static goal => goal.Text == PerCpuSecond);

        Assert.Equal(met, goal.IsMet);
        Assert.Equal(1 / microseconds, goal.Reached!.Median, 6);
    }

    [Fact]
    public void Goal_WithoutItsPeer_IsNeitherMetNorMissed() =>
        Assert.All(Goals.Of(Report(Fanout("RSocketIm", 1, 1))), static goal => Assert.True(goal.IsMet is null || goal.Text.StartsWith("bytes", StringComparison.Ordinal)));

    [Theory]
    [InlineData(new double[] { 3 }, 3, 3, 3)]
    [InlineData(new double[] { 9, 1, 5 }, 1, 5, 9)]
    [InlineData(new double[] { 4, 1, 2, 9 }, 1, 3, 9)]
    public void Spread_IsMinMedianMax(double[] values, double min, double median, double max) => Assert.Equal(new Spread(min, median, max), Spread.Of(values));

    private static Sample Fanout(string peer, int round, double microseconds) => new(CompareWork.Fanout, peer, round, new Measurement
    {
        Operations = 1,
        PerSecond = 1,
        ServerMicroseconds = microseconds,
        ClientMicroseconds = 1,
        Latency = new Latency(1, 1, 1, 1),
        Violations = [],
    });

    private static CompareReport Report(params Sample[] samples) => new()
    {
        Machine = Machine.Describe(),
        Settings = new CompareSettings(),
        Works = [new WorkText(CompareWork.Fanout, "")],
        Samples = samples,
        Idle = [],
        Missing = [],
        Violations = [],
    };
}
