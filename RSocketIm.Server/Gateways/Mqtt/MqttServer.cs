using System.Collections.Concurrent;
using RSocketIm.Protocol;
using RSocketIm.Server.Gateways.Mqtt.Packets;

namespace RSocketIm.Server.Gateways.Mqtt;

/// <summary>All connections of MQTT, whichever way they came.</summary>
internal sealed class MqttServer(MqttServices services)
{
    private readonly ConcurrentDictionary<MqttConnection, bool> connections = new();

    /// <summary>How many there are, those that have not said CONNECT included.</summary>
    public int Count => connections.Count;

    /// <summary>Serves a connection until it is over. Never fails.</summary>
    /// <param name="transport">Its bytes; closed at the end.</param>
    /// <param name="upgradeToken">The token of the HTTP request that it came out of; null: none.</param>
    /// <param name="refusal">Why it may not come in; null: it may.</param>
    public async Task ServeAsync(MqttTransport transport, string? upgradeToken, RSocketException? refusal = null)
    {
        MqttConnection connection = new(transport, services);
        connections[connection] = true;
        if (services.State.Draining.IsCancellationRequested)
        {
            EndForShutdown(connection);
        }

        await connection.RunAsync(upgradeToken, refusal).ConfigureAwait(false);
        connections.TryRemove(connection, out _);
    }

    /// <summary>Answers what is under way, and ends every connection: MQTT 5.0 is told that the server shuts down.</summary>
    /// <param name="cancellationToken">Ends the patience.</param>
    public async Task CloseAsync(CancellationToken cancellationToken)
    {
        foreach (MqttConnection connection in connections.Keys)
        {
            EndForShutdown(connection);
        }

        await Task.WhenAll(connections.Keys.Select(static connection => connection.Over)).WaitAsync(cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static void EndForShutdown(MqttConnection connection) => connection.End(ReasonCode.ServerShuttingDown, "The server is stopping; try again in a moment.");
}
