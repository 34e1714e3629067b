namespace RSocketIm.Server.Gateways;

/// <summary>Which pages may open a WebSocket. A browser lets any page do so, and says which one it was; others do not.</summary>
internal static class OriginPolicy
{
    /// <summary>Whether a page of this origin may connect.</summary>
    /// <param name="origin">The header <c>Origin</c>; null or empty: not a page.</param>
    /// <param name="host">The header <c>Host</c>: what the client takes this server for.</param>
    /// <param name="allowed">Origins besides that one; <c>*</c> for all.</param>
    public static bool Allows(string? origin, string? host, IReadOnlyList<string> allowed)
    {
        if (string.IsNullOrEmpty(origin))
        {
            return true;
        }

        // The scheme is left out of the comparison: behind a proxy that ends TLS it is not ours.
        int scheme = origin.IndexOf("://", StringComparison.Ordinal);
        return (scheme > 0 && origin.AsSpan(scheme + 3).Equals(host, StringComparison.OrdinalIgnoreCase)) || IsListed(origin, allowed);
    }

    /// <summary>Whether an origin is one of the list.</summary>
    public static bool IsListed(string origin, IReadOnlyList<string> allowed) =>
        allowed.Any(one => one == "*" || one.TrimEnd('/').Equals(origin, StringComparison.OrdinalIgnoreCase));
}
