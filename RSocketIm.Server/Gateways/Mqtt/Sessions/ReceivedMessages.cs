using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Gateways.Mqtt.Sessions;

/// <summary>Messages of QoS 2 that a client sends and that are not through: the id that each has in the room's log, whatever happens between its two handshakes.</summary>
/// <remarks>Sent again after a cut, or after a crash of the server, a packet has the id that it had; the log knows the id, and has the message once.</remarks>
internal sealed class ReceivedMessages(long? session, IMqttSessionStore store, IEnumerable<MqttReceivedRecord> stored)
{
    private readonly Lock gate = new();
    private readonly Dictionary<ushort, string> ids = stored.ToDictionary(static record => record.PacketId, static record => record.MessageId);

    /// <summary>How many there are.</summary>
    public int Count
    {
        get
        {
            lock (gate)
            {
                return ids.Count;
            }
        }
    }

    /// <summary>The id of the message of a packet identifier: the one that it has already, or a new one.</summary>
    /// <param name="packetId">The packet identifier.</param>
    /// <param name="fresh">The new one.</param>
    /// <param name="written">Ends when it is on disk; it is so before any commit of a room that begins after this call.</param>
    public string GetOrAdd(ushort packetId, string fresh, out ValueTask written)
    {
        written = ValueTask.CompletedTask;
        lock (gate)
        {
            if (ids.TryGetValue(packetId, out string? known))
            {
                return known;
            }

            ids[packetId] = fresh;
        }

        if (session is { } number)
        {
            MqttSessionChanges changes = new();
            changes.Received.Add(new MqttReceivedRecord(packetId, fresh));
            written = store.WriteSessionAsync(number, changes, CancellationToken.None);
        }

        return fresh;
    }

    /// <summary>Whether a packet identifier is in use.</summary>
    public bool Has(ushort packetId)
    {
        lock (gate)
        {
            return ids.ContainsKey(packetId);
        }
    }

    /// <summary>The packet identifier is free.</summary>
    /// <returns>False: it was not in use.</returns>
    public bool Remove(ushort packetId)
    {
        lock (gate)
        {
            return ids.Remove(packetId);
        }
    }
}
