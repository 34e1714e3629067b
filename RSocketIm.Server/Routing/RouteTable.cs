using System.Buffers;
using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using RSocketIm.Protocol.Payloads.Metadata;

namespace RSocketIm.Server.Routing;

/// <summary>All routes by name; found by the bytes of a request's metadata without making a string of them.</summary>
internal sealed class RouteTable
{
    private readonly FrozenDictionary<string, Route> routes;
    private readonly FrozenDictionary<string, Route>.AlternateLookup<ReadOnlySpan<char>> byCharacters;

    /// <summary>Creates the table.</summary>
    /// <param name="routes">The routes, each name once, in ASCII.</param>
    public RouteTable(IEnumerable<Route> routes)
    {
        this.routes = routes.ToFrozenDictionary(static route => route.Name, StringComparer.Ordinal);
        byCharacters = this.routes.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>The routes, in no order.</summary>
    public IEnumerable<Route> All => routes.Values;

    /// <summary>A route that is known to be there.</summary>
    /// <exception cref="KeyNotFoundException">It is not.</exception>
    public Route Find(string name) => routes[name];

    /// <summary>Finds a route.</summary>
    /// <param name="name">Its name as UTF-8.</param>
    /// <param name="route">The route.</param>
    public bool TryFind(in ReadOnlySequence<byte> name, [NotNullWhen(true)] out Route? route)
    {
        Span<byte> bytes = stackalloc byte[RoutingMetadata.MaxTagBytes];
        Span<char> characters = stackalloc char[RoutingMetadata.MaxTagBytes];
        if (name.Length > bytes.Length)
        {
            route = null;
            return false;
        }

        int length = (int)name.Length;
        name.CopyTo(bytes);

        // Every name is ASCII, so bytes that are not are no name.
        route = null;
        return Ascii.ToUtf16(bytes[..length], characters, out int written) == OperationStatus.Done
            && byCharacters.TryGetValue(characters[..written], out route);
    }
}
