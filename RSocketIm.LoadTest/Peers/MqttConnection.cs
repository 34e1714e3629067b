using System.Buffers.Binary;
using System.Text;
using RSocketIm.LoadTest.Engine;

namespace RSocketIm.LoadTest.Peers;

/// <summary>MQTT 3.1.1 over WebSocket: the few packets that a load needs, by hand.</summary>
internal sealed class MqttConnection : PeerConnection, IMessageReceiver
{
    private const int ConnAck = 2;
    private const int PublishPacket = 3;
    private const int PubAck = 4;
    private const int SubAck = 9;

    private readonly int qos;
    private byte[] publish = [];
    private int number;
    private ushort packetId;

    public MqttConnection(ClientLoop loop, Uri address, int qos, ITextReceiver receiver)
        : base(receiver)
    {
        this.qos = qos;
        Outstanding = 1;
        Socket = loop.ConnectWebSocket(address, text: false, subprotocol: "mqtt", this);

        // Level 4, a clean session, no keepalive.
        Send(0x10, [.. Text("MQTT"), 4, 2, 0, 0, .. Text($"load{loop.Count}")]);
    }

    protected override LoadSocket Socket { get; }

    public override void Join(string room)
    {
        Outstanding++;
        Send(0x82, [0, 1, .. Text(room), (byte)qos]);
    }

    // A broker has no echo: who subscribes to what it publishes to gets it back.
    public override void PrepareEcho(int bytes)
    {
        string topic = $"echo/{Index}";
        Join(topic);
        PreparePublish(topic, bytes);
    }

    public override void Echo(int number) => Publish(number);

    public override void PreparePublish(string room, int bytes)
    {
        byte[] id = qos == 0 ? [] : [0, 0];
        publish = Packet((byte)((PublishPacket << 4) | (qos << 1)), [.. Text(room), .. id, .. NumberedText.Create(bytes)]);
        number = publish.Length - bytes;
    }

    public override void Publish(int number)
    {
        NumberedText.Write(publish.AsSpan(this.number), number);
        if (qos > 0)
        {
            packetId = packetId == ushort.MaxValue ? (ushort)1 : (ushort)(packetId + 1);
            BinaryPrimitives.WriteUInt16BigEndian(publish.AsSpan(this.number - sizeof(ushort)), packetId);
        }
        else
        {
            Acknowledged++;
        }

        Socket.Write(publish);
    }

    void IMessageReceiver.OnMessage(LoadSocket socket, ReadOnlySpan<byte> message)
    {
        while (message.Length >= 2)
        {
            // What a load is sent has at most two bytes of length.
            int header = message[1] < 0x80 ? 2 : 3;
            int length = header == 2 ? message[1] : (message[1] & 0x7F) | (message[2] << 7);
            Read(message[0], message.Slice(header, length));
            message = message[(header + length)..];
        }
    }

    void IMessageReceiver.OnClosed(LoadSocket socket, string reason) => throw Unexpected(reason);

    private static byte[] Text(string text) => [(byte)(text.Length >> 8), (byte)text.Length, .. Encoding.ASCII.GetBytes(text)];

    private void Read(byte first, ReadOnlySpan<byte> body)
    {
        switch (first >> 4)
        {
            case PublishPacket:
                if ((first & 0x06) != 0)
                {
                    int topic = BinaryPrimitives.ReadUInt16BigEndian(body);
                    Acknowledge(body.Slice(2 + topic, 2));
                }

                TryDeliver(body);
                break;
            case PubAck:
                Acknowledged++;
                break;
            case ConnAck when body[1] == 0:
            case SubAck when body[2] <= 2:
                Outstanding--;
                break;
            default:
                throw Unexpected($"packet 0x{first:X2} {Convert.ToHexString(body)}");
        }
    }

    private void Acknowledge(ReadOnlySpan<byte> id)
    {
        ReadOnlySpan<byte> frame = [0x82, 0x84, 0, 0, 0, 0, PubAck << 4, 2, id[0], id[1]];
        Socket.Write(frame);
    }

    private void Send(byte first, byte[] body) => Socket.Write(Packet(first, body));

    private byte[] Packet(byte first, byte[] body)
    {
        byte[] length = body.Length < 0x80 ? [(byte)body.Length] : [(byte)(0x80 | (body.Length & 0x7F)), (byte)(body.Length >> 7)];
        return Socket.Framing.Wrap([first, .. length, .. body]);
    }
}
