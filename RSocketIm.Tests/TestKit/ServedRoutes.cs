using RSocketIm.Server.Routing;

namespace RSocketIm.Tests.TestKit;

/// <summary>What the server's own table says that it serves; tests that claim to cover every route are held to it.</summary>
internal static class ServedRoutes
{
    /// <summary>Every route with every interaction it has a handler for.</summary>
    public static IEnumerable<(string Route, Interaction Interaction)> Of(HostedServer server) =>
        from route in server.Services.GetRequiredService<RouteTable>().All
        from served in ((bool IsServed, Interaction Interaction)[])
        [
            (route.Response is not null, Interaction.RequestResponse),
            (route.Stream is not null, Interaction.RequestStream),
            (route.Channel is not null, Interaction.RequestChannel),
            (route.OneWay is not null, Interaction.FireAndForget),
        ]
        where served.IsServed
        select (route.Name, served.Interaction);
}
