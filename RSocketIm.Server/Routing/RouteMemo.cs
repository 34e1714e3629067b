using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace RSocketIm.Server.Routing;

/// <summary>The metadata of one connection's last request, and the route that they name: most of what a client asks it has just asked.</summary>
/// <remarks>The same bytes name the same route, so that comparing them is as good as reading them. Read loop only.</remarks>
internal struct RouteMemo
{
    // A route and nothing else, in composite metadata; what is longer has other things in it too, and they change.
    private const int MaxBytes = 64;

    private byte[]? metadata;
    private int length;
    private Route? route;

    /// <summary>The route, if these are the same metadata.</summary>
    public readonly bool TryFind(in ReadOnlySequence<byte> asked, [NotNullWhen(true)] out Route? found)
    {
        found = route;
        return found is not null && asked.IsSingleSegment && asked.FirstSpan.SequenceEqual(metadata.AsSpan(0, length));
    }

    /// <summary>Keeps what was found.</summary>
    public void Keep(in ReadOnlySequence<byte> asked, Route found)
    {
        if (asked.Length > MaxBytes)
        {
            return;
        }

        metadata ??= new byte[MaxBytes];
        length = (int)asked.Length;
        asked.CopyTo(metadata);
        route = found;
    }
}
