using System.Buffers;
using System.Net;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Connections;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads.Metadata;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Protocol.Streams;
using RSocketIm.Server.Accounts;
using RSocketIm.Server.Configuration;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Diagnostics;
using RSocketIm.Server.Routing;
using RSocketIm.Server.Signals;

namespace RSocketIm.Server.Hosting;

/// <summary>Judges each SETUP: formats first, then who it is; and makes the connection's responder.</summary>
internal sealed class SetupJudge(
    Authenticator authenticator,
    RouteTable routes,
    PresenceTracker presence,
    ConnectionMetrics metrics,
    ServerSettings settings,
    TimeProvider time,
    ILogger<ChatResponder> log)
{
    private static readonly string CompositeMimeType = WellKnownMimeTypes.GetName(WellKnownMimeType.CompositeMetadata)!;
    private static readonly string RoutingMimeType = WellKnownMimeTypes.GetName(WellKnownMimeType.Routing)!;

    /// <summary>Judges a SETUP.</summary>
    /// <param name="setup">What the client asks for.</param>
    /// <param name="connection">Its connection.</param>
    /// <param name="upgradeToken">The token of the HTTP request that the connection came out of; counts when SETUP has no credentials.</param>
    /// <exception cref="RSocketException">The connection is refused.</exception>
    public async ValueTask<RSocketResponder> JudgeAsync(ConnectionSetup setup, RSocketConnection connection, string? upgradeToken)
    {
        try
        {
            IPAddress? address = (connection.RemoteEndPoint as IPEndPoint)?.Address;
            DataFormat format = FormatOf(setup.DataMimeType);
            bool isComposite = IsComposite(setup.MetadataMimeType);
            AuthenticationMetadata? credentials = (isComposite ? ReadCredentials(setup) : null)
                ?? (upgradeToken is null ? null : AuthenticationMetadata.Bearer(upgradeToken));
            Identity identity = await authenticator.AuthenticateAsync(credentials, address, CancellationToken.None).ConfigureAwait(false);
            string user = identity.User;
            IDisposable presentness = presence.Connect(user);
            metrics.Opened();
            Caller caller = new(user, Guid.NewGuid().ToString("N"), settings.Node, format);
            ConnectionRights rights = new(identity, time, connection.EndStreams, () => connection.Abort(ErrorCode.ConnectionError, Authenticator.Refusal), () => connection.IsDetached);
            TokenRenewal renewal = new(authenticator, rights, caller.Connection, log);
            return new ChatResponder(caller, routes, isComposite, rights, renewal, log, new Stay(rights, metrics, presentness));
        }
        catch (RSocketException)
        {
            metrics.Refused();
            throw;
        }
    }

    private static DataFormat FormatOf(string mimeType) =>
        DataMimeTypes.TryGetFormat(mimeType, out DataFormat format)
            ? format
            : throw new RSocketException(
                ErrorCode.UnsupportedSetup,
                $"Data of type {mimeType} are not spoken here; {DataMimeTypes.MessagePack} and {DataMimeTypes.Json} are.");

    private static bool IsComposite(string mimeType)
    {
        bool isComposite = mimeType.Equals(CompositeMimeType, StringComparison.OrdinalIgnoreCase);
        return isComposite || mimeType.Equals(RoutingMimeType, StringComparison.OrdinalIgnoreCase)
            ? isComposite
            : throw new RSocketException(
                ErrorCode.UnsupportedSetup, $"Metadata of type {mimeType} are not spoken here; {CompositeMimeType} and {RoutingMimeType} are.");
    }

    private static AuthenticationMetadata? ReadCredentials(ConnectionSetup setup)
    {
        try
        {
            // All entries are read, not only those up to the one wanted: what is malformed is refused now rather than met later.
            AuthenticationMetadata? found = null;
            CompositeMetadataReader reader = new(new ReadOnlySequence<byte>(setup.Payload.Metadata));
            while (reader.TryRead(out CompositeMetadataEntry entry))
            {
                found ??= entry.Is(WellKnownMimeType.Authentication) ? AuthenticationMetadata.Read(entry.Content) : null;
            }

            return found;
        }
        catch (MetadataFormatException malformed)
        {
            throw new RSocketException(ErrorCode.InvalidSetup, $"The metadata of SETUP are malformed: {malformed.Message}", malformed);
        }
    }

    // One for each connection there is, hence no closure.
    private sealed class Stay(ConnectionRights rights, ConnectionMetrics metrics, IDisposable presentness) : IDisposable
    {
        public void Dispose()
        {
            rights.Dispose();
            metrics.Closed();
            presentness.Dispose();
        }
    }
}
