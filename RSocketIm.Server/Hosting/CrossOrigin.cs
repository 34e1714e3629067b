using RSocketIm.Server.Configuration;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Gateways;
using RSocketIm.Server.Gateways.Mqtt;
using RSocketIm.Server.Gateways.WebSockets;

namespace RSocketIm.Server.Hosting;

/// <summary>What holds for <c>/api</c> and <c>/rsocket</c> whoever asks: pages of listed origins may read the answers (CORS), and no token is taken out of an address.</summary>
internal static class CrossOrigin
{
    // An address is written down by every proxy on the way, and by browsers; what is in it is no secret any more.
    private static readonly string[] SecretKeys = ["token", "access_token", "password"];

    /// <summary>Adds both, before the endpoints.</summary>
    public static void UseCrossOrigin(this WebApplication app, ServerSettings settings)
    {
        app.UseWhen(static context => IsApi(context.Request.Path), branch => branch.UseCors(policy => policy
            .SetIsOriginAllowed(origin => OriginPolicy.IsListed(origin, settings.AllowedOrigins))
            .WithMethods(HttpMethods.Get, HttpMethods.Post, HttpMethods.Put, HttpMethods.Patch, HttpMethods.Delete)
            .WithHeaders("Content-Type", "Authorization", "Idempotency-Key", "If-None-Match", "Last-Event-ID", "Range")
            .WithExposedHeaders("ETag", "Retry-After", "Content-Range")
            .SetPreflightMaxAge(TimeSpan.FromMinutes(10))));
        app.Use(static (context, next) =>
            (IsApi(context.Request.Path) || IsDoor(context.Request.Path)) && Array.Exists(SecretKeys, context.Request.Query.ContainsKey)
                ? Problems.WriteAsync(context, ContractError.BadRequest, "A token or a password must not be part of an address; it counts as known to others now.")
                : next(context));
    }

    private static bool IsDoor(PathString path) => path == RSocketEndpoint.Path || path == SocketDoor.Path || path == MqttEndpoint.Path;

    private static bool IsApi(PathString path) => path.StartsWithSegments("/api", StringComparison.Ordinal);
}
