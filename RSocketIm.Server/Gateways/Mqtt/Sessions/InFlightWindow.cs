using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Gateways.Mqtt.Sessions;

/// <summary>The messages of QoS 1 and 2 under way to a client: their packet identifiers, and the credit that is left. The session's, under its lock.</summary>
internal sealed class InFlightWindow
{
    private readonly Dictionary<ushort, InFlightMessage> messages = [];
    private readonly Queue<InFlightMessage> toResend = new();
    private ushort lastId;
    private long lastOrder;
    private int counted;

    /// <summary>How many may be under way on this connection: the client's Receive Maximum, or our own bound.</summary>
    public int Limit { get; set; } = 1;

    /// <summary>How many are under way, on this connection or from before.</summary>
    public int Count => messages.Count;

    /// <summary>Whether another message may be sent. What is to be sent again comes first.</summary>
    public bool HasRoom => counted < Limit && messages.Count < ushort.MaxValue && toResend.Count == 0;

    /// <summary>Takes over what an earlier connection left, in its order.</summary>
    public void Restore(IEnumerable<MqttInFlightRecord> records)
    {
        foreach (MqttInFlightRecord record in records)
        {
            InFlightMessage message = new(record);
            messages[record.PacketId] = message;
            toResend.Enqueue(message);
            lastId = record.PacketId;
            lastOrder = record.Order;
        }
    }

    /// <summary>The next message to be sent again, when there is room for it; PUBREL needs none.</summary>
    public InFlightMessage? NextToResend()
    {
        while (toResend.TryPeek(out InFlightMessage? next))
        {
            if (!messages.TryGetValue(next.Record.PacketId, out InFlightMessage? current) || current != next)
            {
                toResend.Dequeue(); // acknowledged meanwhile, late
                continue;
            }

            if (next.Record.Released)
            {
                return toResend.Dequeue();
            }

            if (counted >= Limit)
            {
                return null;
            }

            next.IsCounted = true;
            counted++;
            return toResend.Dequeue();
        }

        return null;
    }

    /// <summary>Gives a message a packet identifier that is free.</summary>
    public InFlightMessage Add(MqttCursorKey key, long seq, int qos, bool retained)
    {
        do
        {
            lastId = lastId == ushort.MaxValue ? (ushort)1 : (ushort)(lastId + 1);
        }
        while (messages.ContainsKey(lastId));

        InFlightMessage message = new(new MqttInFlightRecord(lastId, ++lastOrder, key, seq, qos, retained, Released: false)) { IsCounted = true };
        messages[lastId] = message;
        counted++;
        return message;
    }

    /// <summary>The message of a packet identifier, or null.</summary>
    public InFlightMessage? Find(ushort packetId) => messages.GetValueOrDefault(packetId);

    /// <summary>The client needs nothing more of it: its identifier is free, and so is its place.</summary>
    public void Remove(InFlightMessage message)
    {
        messages.Remove(message.Record.PacketId);
        counted -= message.IsCounted ? 1 : 0;
    }
}
