namespace RSocketIm.Server.Gateways;

/// <summary>The headers that every answer has, whether it is the page, a file, an answer of the API or an error.</summary>
internal static class SecurityHeaders
{
    // No 'unsafe-inline' anywhere: the built client has neither inline scripts nor inline styles. 'self' includes ws: of the same host.
    private const string ContentSecurityPolicy =
        "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    public static void Set(IHeaderDictionary headers)
    {
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
    }
}
