using RSocketIm.LoadTest.Backpressure;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.LoadTest.Backpressure;

/// <summary>The tool against the server, and against one that breaks each promise in turn: the check of that promise has to say so.</summary>
public sealed class BackpressureRunTests(HostedServer server) : IClassFixture<HostedServer>
{
    private static readonly BackpressureLoad Short = new()
    {
        Subscribers = 40,
        Rooms = 2,
        FeedsPerConnection = 2,
        Rate = 400,
        Part = TimeSpan.FromMilliseconds(250),
        Patience = TimeSpan.FromSeconds(20),
    };

    // Who waits for what never comes waits for all of it.
    private static readonly BackpressureLoad Impatient = Short with { Patience = TimeSpan.FromSeconds(2) };

    [Fact]
    public async Task TheServer_OverWebSocket_KeepsEveryPromise() => ExpectWell(await new BackpressureRun(new GivenServer(server.WebSocket), Short).RunAsync(default));

    [Fact]
    public async Task TheServer_OverTcp_KeepsEveryPromise() => ExpectWell(await new BackpressureRun(new GivenServer(server.Tcp), Short).RunAsync(default));

    [Fact]
    public async Task TheServer_BehindTheProxyOfThisTest_KeepsEveryPromise() => ExpectWell(await RunAsync(Unfaithful.Not, Short));

    [Fact]
    public async Task AServerThatIgnoresCredit_IsFoundOut() => await ExpectAsync(Unfaithful.IgnoresCredit, PromiseCheck.Credit, "the one too many is seq");

    [Fact]
    public async Task AServerThatSendsOneTooMany_IsFoundOut() => await ExpectAsync(Unfaithful.SendsOneTooMany, PromiseCheck.Credit, "the one too many is seq");

    [Fact]
    public async Task AServerThatLeavesOutAnEntry_IsFoundOut() => await ExpectAsync(Unfaithful.LeavesOut, PromiseCheck.Complete, "never got seq");

    [Fact]
    public async Task AServerThatRepeatsAnEntry_IsFoundOut() => await ExpectAsync(Unfaithful.Repeats, PromiseCheck.Once, "a second time");

    [Fact]
    public async Task AServerThatSwapsEntries_IsFoundOut() => await ExpectAsync(Unfaithful.Swaps, PromiseCheck.Order, "after seq");

    [Fact]
    public async Task AServerThatDoesNotGiveTheRest_IsFoundOut() =>
        await ExpectAsync(Unfaithful.DoesNotHear, PromiseCheck.Rest, "got nothing after seq", from: "another tenth is not read");

    [Fact]
    public async Task AServerThatCutsOffTheSlow_IsFoundOut() =>
        await ExpectAsync(Unfaithful.CutsOff, PromiseCheck.Open, "was ended after seq", from: "another tenth is not read");

    private static void ExpectWell(BackpressureReport report)
    {
        Assert.Empty(report.Broken);
        Assert.Equal((40, 500), (report.Feeds, report.Messages));
        Assert.Equal(40 * 251, report.Payloads); // 250 messages in each room, and its making
        Assert.NotNull(report.CatchUpSeconds);
    }

    private async Task ExpectAsync(Unfaithful fault, PromiseCheck check, string says, string? from = null)
    {
        BackpressureReport report = await RunAsync(fault, Impatient, from);
        Assert.Contains(report.Broken, promise => promise.Check == check && promise.Sentence.Contains(says, StringComparison.Ordinal));
        Assert.True(report.BrokenCount >= report.Broken.Count);
    }

    private async Task<BackpressureReport> RunAsync(Unfaithful fault, BackpressureLoad load, string? from = null)
    {
        await using UnfaithfulServer proxy = new(server.Tcp) { Fault = from is null ? fault : Unfaithful.Not };
        return await new BackpressureRun(new GivenServer(proxy.Tcp), load)
        {
            Progress = part => proxy.Fault = part == from ? fault : proxy.Fault,
        }.RunAsync(default);
    }
}
