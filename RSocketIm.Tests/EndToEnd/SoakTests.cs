using RSocketIm.LoadTest.Soaking;

namespace RSocketIm.Tests.EndToEnd;

/// <summary>The engine of <c>soak</c> for a few seconds: too short to compare memory, long enough to cut, return and miss nothing.</summary>
public sealed class SoakTests
{
    [Fact]
    public async Task UsersWhoAreCutMoveAndReturn_ReadEveryEntryOnce_AndLeaveNoConnectionBehind()
    {
        SoakReport report = await new SoakRun(users: 50, TimeSpan.FromSeconds(12), pause: TimeSpan.FromMilliseconds(150), seed: 7) { Rest = TimeSpan.FromSeconds(1) }.RunAsync();

        Assert.DoesNotContain(report.Violations, static violation => !violation.Contains("has grown", StringComparison.Ordinal));
        Assert.True(report.Operations["cuts"] > 0 && report.Operations["entries read"] > report.Operations["sends"], string.Join(", ", report.Operations));
        Assert.Equal((50, 50), (report.Compared.Single(Is("rsocketim_connections")).First, report.Compared.Single(Is("rsocketim_connections")).Last));
        Assert.Equal((150, 150), (report.Compared.Single(Is("rsocketim_feeds")).First, report.Compared.Single(Is("rsocketim_feeds")).Last));
    }

    private static Func<SoakComparison, bool> Is(string name) => each => each.Name == name;
}
