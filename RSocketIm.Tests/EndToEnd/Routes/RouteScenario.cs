using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.EndToEnd.Routes;

/// <summary>What one route does for who calls it, what others see of that, and what it refuses.</summary>
/// <param name="Route">The route, which the scenario must call.</param>
/// <param name="Interaction">How it must call it.</param>
/// <param name="RunAsync">The scenario.</param>
internal sealed record RouteScenario(string Route, Interaction Interaction, Func<Callers, Task> RunAsync);
