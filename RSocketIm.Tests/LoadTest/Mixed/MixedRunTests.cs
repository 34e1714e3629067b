using RSocketIm.LoadTest.Mixed;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.LoadTest.Mixed;

public sealed class MixedRunTests(HostedServer server) : IClassFixture<HostedServer>
{
    [Fact]
    public async Task AShortDay_PassesWithoutAFailure_AndEveryFeedIsComplete()
    {
        MixedRun run = new(server.WebSocket, users: 20, TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(20), new MixedWeights(4, 1, 1, 1, 1, 1, 1), seed: 1);
        MixedReport report = await run.RunAsync(default);
        Assert.Empty(report.Violations);
        Assert.Equal(20, report.Figures.Single(static figures => figures.Operation == MixedOperation.Connect).Times.Count);
        Assert.True(report.Read > 0);
    }

    [Fact]
    public void Weights_GiveEachOperationItsPart()
    {
        MixedWeights weights = new(Send: 3, History: 0, Search: 1, Receipt: 1, Presence: 1, Move: 1, Reconnect: 2);
        MixedOperation[] picked = [.. Enumerable.Range(0, weights.Sum).Select(weights.Pick)];
        Assert.Equal(
            [
                MixedOperation.Send, MixedOperation.Send, MixedOperation.Send, MixedOperation.Search, MixedOperation.Receipt, MixedOperation.Presence, MixedOperation.Move,
                MixedOperation.Reconnect, MixedOperation.Reconnect,
            ],
            picked);
    }
}
