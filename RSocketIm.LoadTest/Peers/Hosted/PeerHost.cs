using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace RSocketIm.LoadTest.Peers.Hosted;

/// <summary>The peers that are written in C#, in a process of their own: this program again, as the hidden command <c>peer</c>.</summary>
internal static class PeerHost
{
    /// <summary>What it says when it listens; the address follows.</summary>
    public const string ReadyLine = "peer ready: ";

    // A day: a client that only listens sends nothing, and is not to be thrown out while it is measured.
    private static readonly TimeSpan NoTimeout = TimeSpan.FromDays(1);

    /// <summary>Serves until its input ends: the process that started it is gone, or has had enough.</summary>
    public static async Task ServeAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSignalR(static options => options.ClientTimeoutInterval = NoTimeout);
        WebApplication app = builder.Build();
        await using (app.ConfigureAwait(false))
        {
            app.UseWebSockets(new WebSocketOptions { KeepAliveInterval = NoTimeout });
            app.MapHub<ChatHub>("/hub");
            new RawWebSocketHost().Map(app);
            new EncodedBroadcast().Map(app);
            await app.StartAsync().ConfigureAwait(false);
            string address = app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First();
            Console.WriteLine(ReadyLine + address);
            await Console.In.ReadToEndAsync().ConfigureAwait(false);
        }
    }
}
