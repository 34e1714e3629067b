using System.Buffers;
using RSocketIm.Server.Gateways.Mqtt.Packets;

namespace RSocketIm.LoadTest.Fuzzing.Targets;

/// <summary>A stream of MQTT packets, of the version that the first byte says.</summary>
internal sealed class MqttTarget : FuzzTarget
{
    private const int MaxPacketBytes = 4_000;

    private readonly ArrayBufferWriter<byte> written = new();

    public override string Name => "mqtt";

    public override void Generate(FuzzRandom random, ArrayBufferWriter<byte> output)
    {
        MqttVersion version = random.OneIn(3) ? MqttVersion.V311 : MqttVersion.V5;
        output.Write([(byte)version]);
        for (int left = random.Between(1, 3); left > 0; left--)
        {
            MqttPackets.Any(random, version).Write(output, version);
        }
    }

    public override bool IsDocumented(Exception error) => error is MqttException;

    public override ulong Read(in ReadOnlySequence<byte> input)
    {
        if (input.IsEmpty)
        {
            return 0;
        }

        MqttVersion version = VersionOf(input.FirstSpan.IsEmpty ? input.ToArray()[0] : input.FirstSpan[0]);
        ReadOnlySequence<byte> buffer = input.Slice(1);
        FuzzDigest digest = default;
        ulong shape = (ulong)version;
        while (PacketReader.TryCut(ref buffer, MaxPacketBytes, out byte header, out ReadOnlySequence<byte> body))
        {
            written.ResetWrittenCount();
            PacketReader.Read(version, header, body).Write(written, version);
            digest.Add(written.WrittenSpan);
            shape = (shape * 31) + header;
        }

        Shape = shape;
        return digest.Value;
    }

    public override void Check(byte[] input, ulong digest)
    {
        if (input.Length == 0)
        {
            return;
        }

        MqttVersion version = VersionOf(input[0]);
        ReadOnlySequence<byte> buffer = new(input, 1, input.Length - 1);
        ArrayBufferWriter<byte> again = new();
        again.Write([(byte)version]);
        while (PacketReader.TryCut(ref buffer, MaxPacketBytes, out byte header, out ReadOnlySequence<byte> body))
        {
            PacketReader.Read(version, header, body).Write(again, version);
        }

        Require(Read(new ReadOnlySequence<byte>(again.WrittenMemory)) == digest, "Read, written and read again, the packets are others.");
    }

    private static MqttVersion VersionOf(byte first) => first % 2 == 0 ? MqttVersion.V311 : MqttVersion.V5;
}
