using Microsoft.Net.Http.Headers;

namespace RSocketIm.Server.Gateways;

/// <summary>The token that a request carries as <c>Authorization: Bearer</c>.</summary>
internal static class BearerToken
{
    private const string Prefix = "Bearer ";

    /// <summary>Reads it.</summary>
    /// <returns>Null: the request has none, or credentials of another kind.</returns>
    public static string? Of(HttpRequest request) => Of(request.Headers[HeaderNames.Authorization]);

    /// <summary>Reads it from the header <c>Authorization</c>, null where there is none.</summary>
    /// <returns>Null: there is none, or credentials of another kind.</returns>
    public static string? Of(string? header)
    {
        return header is not null && header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? header[Prefix.Length..].Trim() : null;
    }
}
