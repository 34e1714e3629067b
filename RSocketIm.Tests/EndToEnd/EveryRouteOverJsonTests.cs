using RSocketIm.Tests.EndToEnd.Routes;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.EndToEnd;

/// <summary>Every route of the contract, called by the library's own client, in JSON, on the server as a process.</summary>
public sealed class EveryRouteOverJsonTests(RunningServer server) : IClassFixture<RunningServer>
{
    private static readonly RouteScenario[] Scenarios =
    [
        .. SystemScenarios.All,
        .. RoomScenarios.All,
        .. MembershipScenarios.All,
        .. MessageScenarios.All,
        .. FeedScenarios.All,
        .. SignalScenarios.All,
        .. AttachmentScenarios.All,
    ];

    public static TheoryData<string, Interaction, bool> Cases()
    {
        TheoryData<string, Interaction, bool> cases = [];
        foreach (RouteScenario scenario in Scenarios)
        {
            cases.Add(scenario.Route, scenario.Interaction, false);
            cases.Add(scenario.Route, scenario.Interaction, true);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Route_CalledInJson_DoesWhatTheContractSays(string route, Interaction interaction, bool overTcp)
    {
        RouteScenario scenario = Scenarios.Single(each => each.Route == route && each.Interaction == interaction);
        await using Callers callers = new(server, overTcp);
        await scenario.RunAsync(callers);
        Assert.Contains((route, interaction), callers.Called);
    }

    [Fact]
    public async Task RouteTable_HasNoRouteThatIsNotCalledHere()
    {
        HostedServer hosted = new();
        await hosted.InitializeAsync();
        try
        {
            Assert.Equal(ServedRoutes.Of(hosted).Order(), Scenarios.Select(static scenario => (scenario.Route, scenario.Interaction)).Order());
        }
        finally
        {
            await hosted.DisposeAsync();
        }
    }
}
