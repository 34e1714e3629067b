using Microsoft.Extensions.FileProviders;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Gateways;

namespace RSocketIm.Server.Hosting;

/// <summary>The web client: files of <c>wwwroot</c>, and its page for every other address that a person may open.</summary>
internal static class WebClientFiles
{
    private const string Page = "index.html";

    /// <summary>Adds the files and, after all routes, the page.</summary>
    public static void MapWebClient(this WebApplication app)
    {
        IFileProvider files = app.Environment.WebRootFileProvider;
        if (files is not NullFileProvider)
        {
            app.UseStaticFiles(new StaticFileOptions { OnPrepareResponse = static prepared => SetCaching(prepared.Context) });
        }

        app.Map("/api/{**rest}", static context => Problems.WriteAsync(
            context, ContractError.NotFound, $"There is no {context.Request.Method} {context.Request.Path}."));
        app.MapFallback(context => ServePageAsync(context, files.GetFileInfo(Page)));
    }

    private static void SetCaching(HttpContext context)
    {
        // Vite puts a hash of the content into the names of assets: another content has another name.
        bool isHashed = context.Request.Path.StartsWithSegments("/assets", StringComparison.Ordinal);
        context.Response.Headers.CacheControl = isHashed ? "public, max-age=31536000, immutable" : "no-cache";
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
