using Microsoft.Extensions.FileProviders;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Gateways;

namespace RSocketIm.Server.Hosting;

/// <summary>The web client: files of <c>wwwroot</c>, and its page for every other address that a person may open.</summary>
internal static class WebClientFiles
{
    private const string Page = "index.html";

    // What the build writes beside the program: each file with its type and tag, and its compressed form.
    private const string Manifest = "RSocketIm.Server.staticwebassets.endpoints.json";

    /// <summary>Adds the files and, after all routes, the page.</summary>
    public static void MapWebClient(this WebApplication app)
    {
        IFileProvider files = app.Environment.WebRootFileProvider;
        if (files is not NullFileProvider && File.Exists(Path.Combine(AppContext.BaseDirectory, Manifest)))
        {
            app.MapStaticAssets(Manifest).Add(static endpoint =>
            {
                if (endpoint.RequestDelegate is { } serve)
                {
                    endpoint.RequestDelegate = context => ServeAsync(context, serve);
                }
            });
        }

        app.Map("/api/{**rest}", static context => Problems.WriteAsync(
            context, ContractError.NotFound, $"There is no {context.Request.Method} {context.Request.Path}."));
        app.MapFallback(context => ServePageAsync(context, files.GetFileInfo(Page)));
    }

    private static Task ServeAsync(HttpContext context, RequestDelegate serve)
    {
        // Vite puts a hash of the content into the names of assets: another content has another name.
        if (context.Request.Path.StartsWithSegments("/assets", StringComparison.Ordinal))
        {
            context.Response.OnStarting(
                static state =>
                {
                    ((HttpContext)state).Response.Headers.CacheControl = "public, max-age=31536000, immutable";
                    return Task.CompletedTask;
                },
                context);
        }

        return serve(context);
    }

    private static Task ServePageAsync(HttpContext context, IFileInfo page)
    {
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            return Problems.WriteAsync(context, ContractError.NotFound, $"There is no {context.Request.Method} {context.Request.Path}.");
        }

        context.Response.Headers.CacheControl = "no-cache";
        if (page.Exists)
        {
            context.Response.ContentType = "text/html; charset=utf-8";
            return context.Response.SendFileAsync(page, context.RequestAborted);
        }

        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync("RSocketIm is running; its web client is not part of this build.\n", context.RequestAborted);
    }
}
