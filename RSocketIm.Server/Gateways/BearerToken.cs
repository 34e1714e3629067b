using Microsoft.Net.Http.Headers;

namespace RSocketIm.Server.Gateways;

/// <summary>The token that a request carries as <c>Authorization: Bearer</c>.</summary>
internal static class BearerToken
{
    private const string Prefix = "Bearer ";

    /// <summary>Reads it.</summary>
    /// <returns>Null: the request has none, or credentials of another kind.</returns>
    public static string? Of(HttpRequest request)
    {
        string? header = request.Headers[HeaderNames.Authorization];
        return header is not null && header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? header[Prefix.Length..].Trim() : null;
    }
}
