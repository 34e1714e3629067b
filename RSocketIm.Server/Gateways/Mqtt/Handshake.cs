using System.Buffers;
using System.IO.Pipelines;
using RSocketIm.Protocol.Connections;
using RSocketIm.Server.Gateways.Mqtt.Packets;

namespace RSocketIm.Server.Gateways.Mqtt;

/// <summary>The beginning of a connection: one CONNECT, small and soon, and its CONNACK.</summary>
internal static class Handshake
{
    // A CONNACK with the longest reason; to who takes less the code alone is told.
    private const uint MaxRefusalBytes = 1_024;

    /// <summary>Reads the first packet.</summary>
    /// <param name="input">What arrives.</param>
    /// <param name="services">The limits.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Null: nothing came, or something that is no CONNECT, to which there is no answer.</returns>
    /// <exception cref="MqttException">The CONNECT is wrong; <see cref="MqttException.Level"/> says in which form that can be told.</exception>
    public static async ValueTask<ConnectPacket?> ReadAsync(PipeReader input, MqttServices services, CancellationToken cancellationToken)
    {
        while (true)
        {
            ReadResult result = await input.ReadAsync(cancellationToken).ConfigureAwait(false);
            ReadOnlySequence<byte> buffer = result.Buffer;
            bool isRead = false;
            try
            {
                if (!buffer.IsEmpty && buffer.FirstSpan[0] != (int)PacketType.Connect << 4)
                {
                    return null; // MQTT 5.0, 3.1: after the network connection the first packet must be a CONNECT
                }

                if (TryRead(ref buffer, services, out ConnectPacket? connect))
                {
                    isRead = true;
                    return connect;
                }

                if (result.IsCompleted)
                {
                    return null;
                }
            }
            finally
            {
                input.AdvanceTo(buffer.Start, isRead ? buffer.Start : buffer.End); // behind a CONNECT there may be more
            }
        }
    }

    /// <summary>The CONNACK that refuses.</summary>
    /// <param name="refusal">Why.</param>
    /// <param name="connect">What is refused; null: it could not be read.</param>
    /// <returns>The packet and the version to write it in; null: only to close.</returns>
    public static (ConnackPacket Packet, MqttVersion Version)? Refuse(MqttException refusal, ConnectPacket? connect)
    {
        MqttVersion? version = connect?.Version;
        MqttVersion? spoken = version ?? (refusal.Level is not { } level ? null : level >= (byte)MqttVersion.V5 ? MqttVersion.V5 : MqttVersion.V311);

        // MQTT 3.1.1 has return codes for refusals, and none for packets that are wrong.
        bool isTold = spoken == MqttVersion.V5 || (spoken == MqttVersion.V311 && refusal.Code is not (ReasonCode.MalformedPacket or ReasonCode.ProtocolError));
        bool isShort = connect?.Properties.MaximumPacketSize < MaxRefusalBytes;
        return isTold ? (new ConnackPacket(false, refusal.Code, isShort ? PacketProperties.None : new PacketProperties { ReasonString = Shorten(refusal.Message) }), spoken!.Value) : null;
    }

    /// <summary>A sentence as a reason string: short, and within any packet size that is of use.</summary>
    public static string Shorten(string sentence) => sentence.Length <= 200 ? sentence : sentence[..200];

    private static bool TryRead(ref ReadOnlySequence<byte> buffer, MqttServices services, out ConnectPacket? connect)
    {
        connect = null;
        try
        {
            if (!PacketReader.TryCut(ref buffer, services.Settings.Limits.MaxSetupBytes, out byte header, out ReadOnlySequence<byte> body))
            {
                return false;
            }

            try
            {
                connect = (ConnectPacket)PacketReader.Read(MqttVersion.V5, header, body);
                return true;
            }
            catch (MqttException wrong) when (wrong.Level is null)
            {
                throw new MqttException(wrong.Code, wrong.Message) { Level = LevelOf(body) };
            }
        }
        catch (MqttException tooLarge) when (tooLarge.Code == ReasonCode.PacketTooLarge)
        {
            services.Limits.Hit(ConnectionLimit.SetupBytes);
            throw;
        }
    }

    // The level stands behind the name, whatever is wrong with the rest.
    private static byte? LevelOf(ReadOnlySequence<byte> body) => body.Length > 6 && Enum.IsDefined((MqttVersion)body.Slice(6, 1).FirstSpan[0]) ? body.Slice(6, 1).FirstSpan[0] : null;
}
