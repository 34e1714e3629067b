using System.Buffers;
using System.Net.WebSockets;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Connections;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Protocol.Transports;
using RSocketIm.Server.Accounts;
using RSocketIm.Server.Configuration;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Diagnostics;
using RSocketIm.Server.Signals;

namespace RSocketIm.Server.Gateways.WebSockets;

/// <summary><c>/ws</c>: JSON text messages for clients that speak neither RSocket nor MQTT. docs/websocket-api.md is its page.</summary>
internal sealed class SocketDoor(
    WebSocketDoor door, SocketServices services, PresenceTracker presence, ConnectionMetrics metrics, ServerState state, ServerSettings settings)
{
    public const string Path = "/ws";

    // Below the protocol, which has no sign of life of its own: it keeps proxies from giving up, and finds a peer that is gone.
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(30);

    /// <summary>Adds the endpoint.</summary>
    public void Map(WebApplication app) => door.Map(app, Path, "JSON", [], ServeAsync);

    private async Task ServeAsync(WebSocketRequest request)
    {
        Identity? identity = await services.Callers.FindAsync(request.Context).ConfigureAwait(false);
        WebSocket socket = await request.AcceptAsync(KeepAlive).ConfigureAwait(false);
        await using WebSocketTransport transport = new(socket, $"json {request.Remote}", request.Remote, request.Collecting, WebSocketMessageType.Text);
        identity ??= await HelloAsync(transport).ConfigureAwait(false);
        if (identity is null)
        {
            metrics.Refused();
            return;
        }

        metrics.Opened();
        using IDisposable presentness = presence.Connect(identity.User);
        using SocketSession session = new(transport, services, identity, services.Callers.CallerOf(identity, request.Context));
        await session.RunAsync(settings.LingerTimeout, state.Draining).ConfigureAwait(false);
        metrics.Closed();
    }

    // Null: whoever it is has been told why not, or has gone.
    private async Task<Identity?> HelloAsync(WebSocketTransport transport)
    {
        transport.MaxFrameLength = settings.Limits.MaxSetupBytes;
        using CancellationTokenSource patience = new(settings.Limits.SetupTimeout, services.Time);
        RSocketException refusal;
        try
        {
            if (!await transport.WaitToReadAsync(patience.Token).ConfigureAwait(false) || !transport.TryRead(out ReadOnlySequence<byte> message))
            {
                return null;
            }

            string token = TokenOf(message);
            return await services.Callers.FromTokenAsync(token, patience.Token).ConfigureAwait(false);
        }
        catch (IOException) when (patience.IsCancellationRequested)
        {
            services.LimitHits.Hit(ConnectionLimit.SetupTimeout); // a receive that is given up takes the connection with it
            return null;
        }
        catch (IOException)
        {
            return null;
        }
        catch (ProtocolViolationException violation)
        {
            if (violation.IsFrameTooLong)
            {
                services.LimitHits.Hit(ConnectionLimit.SetupBytes);
            }

            refusal = ContractError.BadRequest.ToException(violation.Message);
        }
        catch (RecordFormatException error)
        {
            refusal = error.ToException();
        }
        catch (RSocketException error)
        {
            refusal = error;
        }

        await RefuseAsync(transport, refusal).ConfigureAwait(false);
        return null;
    }

    private static string TokenOf(in ReadOnlySequence<byte> message)
    {
        SocketOperation operation = SocketOperation.Read(message);
        return operation.Op == SocketOperation.HelloOp
            ? operation.Token!
            : throw ContractError.Unauthenticated.ToException($"The first message is op {SocketOperation.HelloOp} with a token, unless the upgrade request had one.");
    }

    private async Task RefuseAsync(WebSocketTransport transport, RSocketException refusal)
    {
        using CancellationTokenSource patience = new(settings.LingerTimeout);
        try
        {
            byte[] told = SocketError.Encode(refusal);
            transport.StartFrame(told.Length).Write(told);
            await transport.FlushAsync(patience.Token).ConfigureAwait(false);
            await transport.CompleteWritingAsync(patience.Token).ConfigureAwait(false);

            // Until the client has closed its side, or its time is over: unread bytes would turn the close into a reset.
            while (await transport.WaitToReadAsync(patience.Token).ConfigureAwait(false))
            {
                transport.TryRead(out _);
            }
        }
        catch (Exception error) when (error is IOException or ProtocolViolationException)
        {
            transport.Abort();
        }
    }
}
