using Microsoft.AspNetCore.Http.Features;
using RSocketIm.Protocol.Transports;

namespace RSocketIm.Server.Gateways;

/// <summary>Puts a <see cref="WriteCollectingStream"/> below the framework's WebSocket, which still does the handshake: HTTP/1.1 upgrade and HTTP/2 CONNECT.</summary>
/// <remarks>Runs before <c>UseWebSockets</c>, which takes the features it finds. A WebSocket writes each message at once otherwise.</remarks>
internal sealed class CollectingUpgrade : IHttpUpgradeFeature, IHttpExtendedConnectFeature
{
    private readonly IHttpUpgradeFeature? upgrade;
    private readonly IHttpExtendedConnectFeature? connect;

    private CollectingUpgrade(IHttpUpgradeFeature? upgrade, IHttpExtendedConnectFeature? connect)
    {
        this.upgrade = upgrade;
        this.connect = connect;
    }

    /// <summary>The stream, once the WebSocket has been accepted.</summary>
    public WriteCollectingStream? Stream { get; private set; }

    bool IHttpUpgradeFeature.IsUpgradableRequest => upgrade?.IsUpgradableRequest ?? false;

    bool IHttpExtendedConnectFeature.IsExtendedConnect => connect?.IsExtendedConnect ?? false;

    string? IHttpExtendedConnectFeature.Protocol => connect?.Protocol;

    /// <summary>The request's own feature, with nothing between.</summary>
    public static IHttpUpgradeFeature? UpgradeOf(HttpContext context) =>
        context.Features.Get<CollectingUpgrade>() is { } collecting ? collecting.upgrade : context.Features.Get<IHttpUpgradeFeature>();

    /// <summary>The request's own feature, with nothing between.</summary>
    public static IHttpExtendedConnectFeature? ConnectOf(HttpContext context) =>
        context.Features.Get<CollectingUpgrade>() is { } collecting ? collecting.connect : context.Features.Get<IHttpExtendedConnectFeature>();

    /// <summary>Takes the place of the request's features, when it is one that may become a WebSocket.</summary>
    public static void Install(HttpContext context)
    {
        CollectingUpgrade collecting = new(context.Features.Get<IHttpUpgradeFeature>(), context.Features.Get<IHttpExtendedConnectFeature>());
        if (collecting.upgrade is not { IsUpgradableRequest: true } && collecting.connect is not { IsExtendedConnect: true })
        {
            return;
        }

        context.Features.Set(collecting);
        if (collecting.upgrade is not null)
        {
            context.Features.Set<IHttpUpgradeFeature>(collecting);
        }

        if (collecting.connect is not null)
        {
            context.Features.Set<IHttpExtendedConnectFeature>(collecting);
        }
    }

    async Task<Stream> IHttpUpgradeFeature.UpgradeAsync() => Stream = new WriteCollectingStream(await upgrade!.UpgradeAsync().ConfigureAwait(false));

    async ValueTask<Stream> IHttpExtendedConnectFeature.AcceptAsync() => Stream = new WriteCollectingStream(await connect!.AcceptAsync().ConfigureAwait(false));
}
