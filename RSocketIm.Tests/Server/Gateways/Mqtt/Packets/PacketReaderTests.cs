using System.Buffers;
using FsCheck;
using FsCheck.Fluent;
using RSocketIm.LoadTest.Fuzzing;
using RSocketIm.LoadTest.Fuzzing.Targets;
using RSocketIm.Server.Gateways.Mqtt.Packets;
using RSocketIm.Tests.Protocol.Frames;

namespace RSocketIm.Tests.Server.Gateways.Mqtt.Packets;

public sealed class PacketReaderTests
{
    public static TheoryData<string, int, string> Vectors => PacketVectors.All;

    [Theory]
    [MemberData(nameof(Vectors))]
    public void Vector_ReadAtEveryCut_AndWrittenAgain_IsTheSame(string name, int level, string hex)
    {
        MqttVersion version = PacketVectors.Version(level);
        byte[] bytes = PacketVectors.Bytes(hex);
        foreach (ReadOnlySequence<byte> cut in Segments.EveryCut(bytes))
        {
            ReadOnlySequence<byte> buffer = cut;
            Assert.True(PacketReader.TryCut(ref buffer, bytes.Length, out byte header, out ReadOnlySequence<byte> body), name);
            Assert.True(buffer.IsEmpty, name);
            Assert.Equal(bytes, Write(PacketReader.Read(version, header, body), version));
        }
    }

    [Theory]
    [MemberData(nameof(Vectors))]
    public void Vector_CutShort_IsWaitedFor_AndItsBodyCutShortIsRefusedOrAnotherPacket(string name, int level, string hex)
    {
        byte[] bytes = PacketVectors.Bytes(hex);
        for (int length = 0; length < bytes.Length; length++)
        {
            ReadOnlySequence<byte> buffer = new(bytes, 0, length);
            Assert.False(PacketReader.TryCut(ref buffer, 1000, out _, out _), name);
            Assert.Equal(length, buffer.Length);
        }

        for (int length = 0; length < bytes.Length - 2; length++)
        {
            // Whatever is made of it, it is a packet or an MqttException.
            try
            {
                PacketReader.Read(PacketVectors.Version(level), bytes[0], new ReadOnlySequence<byte>(bytes, 2, length));
            }
            catch (MqttException refused)
            {
                Assert.True(refused.Code is ReasonCode.MalformedPacket or ReasonCode.ProtocolError or ReasonCode.UnsupportedProtocolVersion, name);
            }
        }
    }

    [Fact]
    public void AnyPackets_WrittenAndRead_AreTheSame() => Prop.ForAll<int, bool>((seed, isNew) =>
    {
        MqttVersion version = isNew ? MqttVersion.V5 : MqttVersion.V311;
        byte[] bytes = Write(MqttPackets.Any(new FuzzRandom((ulong)seed), version), version);
        ReadOnlySequence<byte> buffer = Segments.ByteByByte(bytes);
        return PacketReader.TryCut(ref buffer, bytes.Length, out byte header, out ReadOnlySequence<byte> body)
            && buffer.IsEmpty
            && Write(PacketReader.Read(version, header, body), version).AsSpan().SequenceEqual(bytes);
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));

    [Theory]
    [InlineData(0, "00")]
    [InlineData(127, "7f")]
    [InlineData(128, "8001")]
    [InlineData(16_383, "ff7f")]
    [InlineData(16_384, "808001")]
    [InlineData(2_097_151, "ffff7f")]
    [InlineData(2_097_152, "80808001")]
    [InlineData(268_435_455, "ffffff7f")]
    public void VarInt_AtItsEdges_HasTheBytesOfTheSpecification(int value, string hex)
    {
        ArrayBufferWriter<byte> output = new();
        output.WriteVarInt(value);

        Assert.Equal(hex, Convert.ToHexStringLower(output.WrittenSpan));
        FieldReader fields = new(new ReadOnlySequence<byte>(output.WrittenMemory));
        Assert.Equal(value, fields.VarInt());
        Assert.Equal(FieldWriter.VarIntLength(value), output.WrittenCount);
    }

    [Fact]
    public void Connect_HasAllItsFields()
    {
        ConnectPacket packet = Read<ConnectPacket>(4, "10 24 0004 4d515454 04 ee 003c 0002 6964 0003 612f62 0002 6f66 0003 616e6e 0006 736563726574");

        Assert.Equal((MqttVersion.V311, true, 60, "id", "ann"), (packet.Version, packet.CleanStart, packet.KeepAlive, packet.ClientId, packet.UserName));
        Assert.Equal("secret"u8.ToArray(), packet.Password);
        Assert.Equal(("a/b", 1, true), (packet.Will!.Topic, packet.Will.Qos, packet.Will.Retain));
        Assert.Equal("of"u8.ToArray(), packet.Will.Payload);
    }

    [Fact]
    public void Publish_HasAllItsFields()
    {
        PublishPacket packet = Read<PublishPacket>(5, "3d 0b 0003 612f62 0007 03 23 0005");

        Assert.Equal(("a/b", (ushort)7, 2, true, true, (ushort?)5), (packet.Topic, packet.PacketId, packet.Qos, packet.Duplicate, packet.Retain, packet.Properties.TopicAlias));
    }

    [Fact]
    public void ByteOrderMark_InAText_IsKept() =>
        Assert.Equal("\ufeffa", Read<UnsubscribePacket>(4, "a2 08 0001 0004 efbbbf61").Filters.Single());

    private static T Read<T>(int level, string hex)
        where T : MqttPacket
    {
        ReadOnlySequence<byte> buffer = new(PacketVectors.Bytes(hex));
        Assert.True(PacketReader.TryCut(ref buffer, 1000, out byte header, out ReadOnlySequence<byte> body));
        return Assert.IsType<T>(PacketReader.Read(PacketVectors.Version(level), header, body));
    }

    private static byte[] Write(MqttPacket packet, MqttVersion version)
    {
        ArrayBufferWriter<byte> output = new();
        packet.Write(output, version);
        return output.WrittenSpan.ToArray();
    }
}
