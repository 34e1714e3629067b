using RSocketIm.LoadTest.Storm;

namespace RSocketIm.Tests.EndToEnd;

/// <summary>The engine of <c>storm</c> for a few seconds: who stays is answered, who comes is answered, and nothing is left of who goes.</summary>
public sealed class StormTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ClientsThatComeAndGo_AreAnswered_AndLeaveNothingBehind(bool overTcp)
    {
        StormReport report = await new StormRun(comers: 4, neighbours: 2, echoRate: 100, overTcp, TimeSpan.FromSeconds(1)).RunAsync(CancellationToken.None);

        Assert.Empty(report.Violations);
        Assert.Equal([0, 1, 1], report.Phases.Select(static phase => Math.Sign(phase.PerSecond)));
    }
}
