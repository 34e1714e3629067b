using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using RSocketIm.Protocol;
using RSocketIm.Server.Attachments;
using RSocketIm.Server.Configuration;
using RSocketIm.Server.Gateways;
using RSocketIm.Server.Gateways.Mqtt;
using RSocketIm.Server.Rooms;

namespace RSocketIm.Server.Hosting;

/// <summary>The server's life beside HTTP: rooms are read before anybody may come, TCP opens after HTTP, and at the end everything is drained before HTTP closes.</summary>
internal sealed class RSocketHost(
    RSocketServer rsocket, MqttServer mqtt, MqttServices mqttServices, ConnectionCount connections, ChatRooms rooms, AttachmentSweep attachments, IServer http, ServerState state, ServerSettings settings, TimeProvider time, ILogger<RSocketHost> log) : IHostedLifecycleService
{
    private readonly List<MqttListener> mqttListeners = [];

    /// <summary>Where RSocket over TCP is listened on; null when it is off, or not open yet.</summary>
    public IPEndPoint? TcpEndPoint { get; private set; }

    /// <summary>Where MQTT over TCP is listened on; null when it is off, or not open yet.</summary>
    public IPEndPoint? MqttEndPoint { get; private set; }

    /// <summary>The first address of HTTP, once it is open; null where that is a Unix socket.</summary>
    public Uri? HttpAddress { get; private set; }

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        await rooms.StartAsync(cancellationToken).ConfigureAwait(false);
        attachments.Start();
        await mqttServices.Sessions.StartAsync(cancellationToken).ConfigureAwait(false);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        ListeningAddresses addresses = new([.. http.Features.Get<IServerAddressesFeature>()?.Addresses ?? []]);
        HttpAddress = addresses.First;
        if (settings.Tcp.Port is { } port)
        {
            ListenTcp(addresses.Hosts(), port);
        }

        if (settings.Mqtt.Port is { } mqttPort)
        {
            ListenMqtt(addresses.Hosts(), mqttPort);
        }

        state.SetReady(addresses);
        await Console.Out.WriteLineAsync(ReadyLine(addresses)).ConfigureAwait(false);
        await Console.Out.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        log.Draining(rsocket.Connections.Count + mqtt.Count, settings.ShutdownTimeout);

        // Ends the feeds, which would go on for ever; requests go on. Clients come back to another server, or to this one later.
        state.BeginDrain();
        using CancellationTokenSource patience = new(settings.ShutdownTimeout - settings.LingerTimeout, time);
        foreach (MqttListener listener in mqttListeners)
        {
            await listener.DisposeAsync().ConfigureAwait(false);
        }

        await Task.WhenAll(rsocket.CloseAsync(patience.Token), mqtt.CloseAsync(patience.Token)).ConfigureAwait(false);
        if (patience.IsCancellationRequested)
        {
            log.DrainTimedOut();
        }

        await rooms.DrainAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        log.Drained();
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void ListenTcp(IReadOnlyList<IPAddress> hosts, int port)
    {
        foreach (IPAddress host in hosts)
        {
            try
            {
                // A free port is chosen once; the other addresses take the same.
                IPEndPoint bound = rsocket.ListenTcp(new IPEndPoint(host, port), settings.Tcp.Tls).EndPoint;
                TcpEndPoint ??= bound;
                port = bound.Port;
            }
            catch (SocketException error)
            {
                throw new StartupException($"RSocket over TCP cannot listen on {new IPEndPoint(host, port)} (RSocketIm:Tcp:Port): {error.Message}.", error);
            }
        }
    }

    private void ListenMqtt(IReadOnlyList<IPAddress> hosts, int port)
    {
        foreach (IPAddress host in hosts)
        {
            try
            {
                MqttListener listener = new(mqtt, mqttServices, connections, new IPEndPoint(host, port));
                mqttListeners.Add(listener);
                MqttEndPoint ??= listener.EndPoint;
                port = listener.EndPoint.Port;
            }
            catch (SocketException error)
            {
                throw new StartupException($"MQTT cannot listen on {new IPEndPoint(host, port)} (RSocketIm:Mqtt:Port): {error.Message}.", error);
            }
        }
    }

    private string ReadyLine(ListeningAddresses addresses)
    {
        (string page, string webSocket) = addresses.Tell(RSocketEndpoint.Path);
        string tcp = TcpEndPoint is null ? "" : $", tcp {TcpEndPoint}";
        string mqttTcp = MqttEndPoint is null ? "" : $", mqtt {MqttEndPoint}";
        return $"RSocketIm is ready: {page}  (RSocket {webSocket}{tcp}{mqttTcp})";
    }
}
