using RSocketIm.LoadTest.Peers;
using RSocketIm.LoadTest.Works;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.LoadTest.Works;

/// <summary>What a load must notice; and that it notices nothing where all is well.</summary>
public sealed class WorkTests(HostedServer server) : IClassFixture<HostedServer>
{
    private static readonly WorkTime Short = new(TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(20)) { Patience = TimeSpan.FromMilliseconds(20) };
    private static readonly WorkTime Patient = Short with { Patience = Guard.Patience };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Fanout_OfTheServer_IsCompleteAndInOrder(bool overTcp)
    {
        Measurement measured = await new FanoutWork(subscribers: 20, bytes: 64, inFlight: 300, perSecond: 0).RunAsync(Own(overTcp), Patient, CancellationToken.None);

        Assert.Empty(measured.Violations);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Fanout_ThroughTheInbox_IsCompleteAndInOrder(bool overTcp)
    {
        FanoutWork work = new(subscribers: 20, bytes: 64, inFlight: 300, perSecond: 0) { Join = static (connection, room) => ((RSocketImConnection)connection).JoinInbox(room) };
        Measurement measured = await work.RunAsync(Own(overTcp), Patient, CancellationToken.None);

        Assert.Empty(measured.Violations);
    }

    [Fact]
    public async Task Fanout_AtARate_IsCompleteToo()
    {
        Measurement measured = await new FanoutWork(subscribers: 5, bytes: 64, inFlight: 0, perSecond: 1_000).RunAsync(Own(overTcp: false), Patient, CancellationToken.None);

        Assert.Empty(measured.Violations);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Echo_OfTheServer_AnswersEachRequestOnce(bool overTcp)
    {
        Measurement measured = await new EchoWork(connections: 4, inFlight: 32, bytes: 32).RunAsync(Own(overTcp), Patient, CancellationToken.None);

        Assert.Empty(measured.Violations);
    }

    [Fact]
    public async Task Fanout_WithoutAFault_HasNoViolation() => Assert.Empty(await FanoutAsync(static (_, number) => [number]));

    [Fact]
    public async Task Fanout_ThatLosesADelivery_IsFoundOut()
    {
        IReadOnlyList<string> violations = await FanoutAsync(static (subscriber, number) => subscriber == 1 && number == 3 ? [] : [number]);

        Assert.Contains("subscriber 1 got 4 where 3 was next", violations);
        Assert.Contains(violations, static violation => violation.Contains("never came", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Fanout_ThatDeliversTwice_IsFoundOut() => Assert.Contains(
        "subscriber 2 got 3 where 4 was next", await FanoutAsync(static (subscriber, number) => subscriber == 2 && number == 3 ? [number, number] : [number]));

    [Fact]
    public async Task Fanout_ThatSwapsTwoDeliveries_IsFoundOut() => Assert.Contains(
        "subscriber 0 got 5 where 4 was next",
        await FanoutAsync(static (subscriber, number) => subscriber != 0 ? [number] : number switch { 4 => [], 5 => [5, 4], _ => [number] }));

    [Fact]
    public async Task Echo_WithoutAFault_HasNoViolation() => Assert.Empty(await EchoAsync(static (_, number) => [number]));

    [Fact]
    public async Task Echo_ThatLosesAnAnswer_IsFoundOut() => Assert.Contains(
        "1 requests were never answered", await EchoAsync(static (connection, number) => connection == 1 && number == 3 ? [] : [number]));

    [Fact]
    public async Task Echo_ThatAnswersTwice_IsFoundOut() => Assert.Contains(
        "connection 0 got an answer 3 that it did not ask for, or twice",
        await EchoAsync(static (connection, number) => connection == 0 && number == 3 ? [number, number] : [number]));

    private static async Task<IReadOnlyList<string>> FanoutAsync(Func<int, int, int[]> deliver) =>
        (await new FanoutWork(subscribers: 3, bytes: 64, inFlight: 16, perSecond: 0).RunAsync(new FaultyPeer(deliver), Short, CancellationToken.None)).Violations;

    private static async Task<IReadOnlyList<string>> EchoAsync(Func<int, int, int[]> deliver) =>
        (await new EchoWork(connections: 2, inFlight: 4, bytes: 32).RunAsync(new FaultyPeer(deliver), Short, CancellationToken.None)).Violations;

    private RSocketImPeer Own(bool overTcp) => RSocketImPeer.At(new Uri(overTcp ? server.Tcp : server.WebSocket), Environment.ProcessId);
}
