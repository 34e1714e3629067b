using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using RSocketIm.Server.Gateways.Mqtt.Packets;

namespace RSocketIm.Tests.TestKit;

/// <summary>A client of MQTT, one packet at a time: it sends what it is told, legal or not, and says what must come back.</summary>
/// <remarks>It reads only when it expects something, so that a client that does not read is one that is not asked to.</remarks>
internal sealed class MqttPeer : IAsyncDisposable
{
    private readonly Stream stream;
    private readonly PipeReader input;
    private readonly Queue<PublishPacket> messages = new();
    private ushort packetIds;

    private MqttPeer(Stream stream, MqttVersion version)
    {
        this.stream = stream;
        Version = version;
        input = PipeReader.Create(stream);
    }

    public MqttVersion Version { get; }

    public static async Task<MqttPeer> OpenAsync(IPEndPoint server, MqttVersion version = MqttVersion.V5, int? receiveBuffer = null, SslClientAuthenticationOptions? tls = null)
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBuffer is { } bytes)
        {
            socket.ReceiveBufferSize = bytes;
        }

        await socket.ConnectAsync(server).Within();
        Stream stream = new NetworkStream(socket, ownsSocket: true);
        if (tls is not null)
        {
            SslStream secured = new(stream);
            await secured.AuthenticateAsClientAsync(tls).Within();
            stream = secured;
        }

        return new MqttPeer(stream, version);
    }

    /// <summary>Connects and signs in as a guest.</summary>
    public static async Task<MqttPeer> GuestAsync(
        IPEndPoint server, string user, MqttVersion version = MqttVersion.V5, string clientId = "", bool clean = true, uint expiry = 0, ushort? receiveMaximum = null, WillMessage? will = null,
        int? receiveBuffer = null)
    {
        MqttPeer peer = await OpenAsync(server, version, receiveBuffer);
        await peer.SendAsync(Connect(user, version, clientId, clean, expiry, receiveMaximum, will));
        Assert.Equal(ReasonCode.Success, (peer.Connack = await peer.ExpectAsync<ConnackPacket>()).Code);
        return peer;
    }

    public static ConnectPacket Connect(
        string user, MqttVersion version = MqttVersion.V5, string clientId = "", bool clean = true, uint expiry = 0, ushort? receiveMaximum = null, WillMessage? will = null) => new()
    {
        Version = version,
        ClientId = clientId,
        CleanStart = clean,
        UserName = user,
        Will = will,
        Properties = version == MqttVersion.V5 ? new PacketProperties { SessionExpiry = expiry > 0 ? expiry : null, ReceiveMaximum = receiveMaximum } : PacketProperties.None,
    };

    /// <summary>A packet of MQTT 5 as it goes over the wire.</summary>
    public static byte[] Bytes(MqttPacket packet)
    {
        ArrayBufferWriter<byte> output = new();
        packet.Write(output, MqttVersion.V5);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>What the server said to CONNECT.</summary>
    public ConnackPacket? Connack { get; private set; }

    public async Task SendAsync(params MqttPacket[] packets)
    {
        ArrayBufferWriter<byte> output = new();
        foreach (MqttPacket packet in packets)
        {
            packet.Write(output, Version);
        }

        await stream.WriteAsync(output.WrittenMemory).Within();
    }

    /// <summary>Sends bytes as they are.</summary>
    public async Task SendBytesAsync(string hex) => await stream.WriteAsync(Build.Hex(hex)).Within();

    /// <summary>The next packet; null at the end.</summary>
    public async Task<MqttPacket?> ReadAsync()
    {
        while (true)
        {
            ReadResult result;
            try
            {
                result = await input.ReadAsync().Within();
            }
            catch (IOException)
            {
                return null; // reset
            }

            ReadOnlySequence<byte> buffer = result.Buffer;
            bool isWhole = PacketReader.TryCut(ref buffer, 1 << 20, out byte header, out ReadOnlySequence<byte> body);
            MqttPacket? packet = isWhole ? PacketReader.Read(Version, header, new ReadOnlySequence<byte>(body.ToArray())) : null;
            input.AdvanceTo(buffer.Start, isWhole ? buffer.Start : buffer.End);
            if (isWhole || result.IsCompleted)
            {
                return packet;
            }
        }
    }

    /// <summary>The next packet, which must be of this type. Messages that come before an answer wait for whoever expects one.</summary>
    public async Task<T> ExpectAsync<T>()
        where T : MqttPacket
    {
        if (typeof(T) == typeof(PublishPacket) && messages.TryDequeue(out PublishPacket? early))
        {
            return (T)(object)early;
        }

        while (true)
        {
            MqttPacket? packet = await ReadAsync();
            if (packet is PublishPacket message && typeof(T) != typeof(PublishPacket))
            {
                messages.Enqueue(message);
                continue;
            }

            Assert.True(packet is T, $"{typeof(T).Name} was expected and {packet?.ToString() ?? "the end"} came.");
            return (T)packet!;
        }
    }

    /// <summary>The next packet, whatever it is.</summary>
    public async Task<MqttPacket> ExpectAnyAsync()
    {
        MqttPacket? packet = messages.TryDequeue(out PublishPacket? early) ? early : await ReadAsync();
        Assert.True(packet is not null, "A packet was expected and the end came.");
        return packet;
    }

    /// <summary>The text of the next message.</summary>
    public async Task<string> ExpectTextAsync() => TextOf(await ExpectAsync<PublishPacket>());

    /// <summary>Skips messages until the server says goodbye, and nothing more.</summary>
    /// <param name="code">What it says; null: nothing.</param>
    public async Task ExpectEndAsync(ReasonCode? code)
    {
        ReasonCode? told = null;
        while (await ReadAsync() is { } packet)
        {
            Assert.Null(told);
            told = packet is DisconnectPacket disconnect ? disconnect.Code : null;
        }

        Assert.Equal(code, told);
    }

    /// <summary>Subscribes.</summary>
    /// <returns>The code of the first filter.</returns>
    public async Task<ReasonCode> SubscribeAsync(string filter, int qos = 0, int retainHandling = 2, bool noLocal = false, int identifier = 0)
    {
        PacketProperties properties = identifier > 0 ? new PacketProperties { SubscriptionIdentifiers = [identifier] } : PacketProperties.None;
        TopicSubscription topic = Version == MqttVersion.V5 ? new TopicSubscription(filter, qos, noLocal, false, retainHandling) : new TopicSubscription(filter, qos);
        await SendAsync(new SubscribePacket(++packetIds, properties, [topic]));
        return (await ExpectAsync<SubackPacket>()).Codes.Single();
    }

    /// <summary>Publishes with QoS 1 and waits for the answer.</summary>
    public async Task<ReasonCode> PublishAsync(string topic, string text, PacketProperties? properties = null)
    {
        await SendAsync(Message(topic, text, 1, ++packetIds) with { Properties = properties ?? PacketProperties.None });
        return (await ExpectAsync<PubackPacket>()).Code;
    }

    public static PublishPacket Message(string topic, string text, int qos = 0, ushort packetId = 0, bool duplicate = false) => new()
    {
        Topic = topic,
        Qos = qos,
        PacketId = packetId,
        Duplicate = duplicate,
        Payload = new ReadOnlySequence<byte>(Build.Text(text)),
    };

    public static string TextOf(PublishPacket packet) => System.Text.Encoding.UTF8.GetString(packet.Payload.ToArray());

    /// <summary>Says goodbye and waits until the server has heard it.</summary>
    public async Task LeaveAsync()
    {
        await SendAsync(new DisconnectPacket(ReasonCode.Success, PacketProperties.None));
        while (await ReadAsync() is not null)
        {
        }
    }

    /// <summary>Waits for a PINGRESP: everything sent before has been read.</summary>
    public async Task ProbeAsync()
    {
        await SendAsync(PingreqPacket.Instance);
        await ExpectAsync<PingrespPacket>();
    }

    public async ValueTask DisposeAsync()
    {
        await input.CompleteAsync();
        await stream.DisposeAsync();
    }
}
