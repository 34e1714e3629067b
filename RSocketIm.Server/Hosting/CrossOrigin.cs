using RSocketIm.Server.Configuration;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Gateways;

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
            .WithMethods(HttpMethods.Get, HttpMethods.Post)
            .WithHeaders("Content-Type", "Authorization")
            .SetPreflightMaxAge(TimeSpan.FromMinutes(10))));
        app.Use(static (context, next) =>
            (IsApi(context.Request.Path) || context.Request.Path == RSocketEndpoint.Path) && Array.Exists(SecretKeys, context.Request.Query.ContainsKey)
                ? Problems.WriteAsync(context, ContractError.BadRequest, "A token or a password must not be part of an address; it counts as known to others now.")
                : next(context));
    }

    private static bool IsApi(PathString path) => path.StartsWithSegments("/api", StringComparison.Ordinal);
}
