using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Server.Routing;

/// <summary>One kind of payload that a route takes.</summary>
/// <param name="Route">The route.</param>
/// <param name="Interaction">How it is called.</param>
/// <param name="Part">What of it: empty for the request itself; otherwise which of the payloads that follow it on a channel.</param>
/// <param name="Fields">The keys of its record, as the record itself lists them.</param>
/// <param name="Valid">A request that is accepted, with every key that this part uses; a key that may be missing ends with <c>?</c>.</param>
internal sealed record BadInputRoute(
    string Route, Interaction Interaction, string Part, IReadOnlyList<string> Fields, Func<BadInputWorld, WireMap> Valid)
{
    /// <summary>What to send first on the channel, where <see cref="Valid"/> is what follows.</summary>
    public Func<BadInputWorld, WireMap>? First { get; init; }

    /// <summary>What follows a valid request on its channel; null: nothing, and it stays open.</summary>
    public string? Rest { get; init; }

    /// <summary>Whether there is no answer to what is accepted.</summary>
    public bool IsSilent { get; init; }

    public string Name => Part.Length == 0 ? Route : $"{Route} {Part}";
}
