using RSocketIm.LoadTest.Durability;

namespace RSocketIm.Tests.EndToEnd;

/// <summary>The engine of <c>crash</c> with few rounds; the load tool runs more.</summary>
public sealed class CrashTests
{
    [Fact]
    public async Task KillUnderLoad_ThreeTimes_LosesRepeatsAndReordersNothingAcknowledged()
    {
        CrashReport report = await new CrashRun(rounds: 3, senderCount: 64, roomCount: 8, inFlight: 4, seed: Environment.TickCount).RunAsync();
        Assert.True(report.Violations.Count == 0, $"Seed {report.Seed}: {string.Join('\n', report.Violations)}");
        Assert.True(report.Acknowledged > 0);
    }
}
