using System.Buffers;
using RSocketIm.Server.Gateways.Mqtt.Packets;

namespace RSocketIm.Tests.Server.Gateways.Mqtt.Packets;

/// <summary>What breaks the rules of one packet alone, with the reason code that MQTT 5.0 wants.</summary>
public sealed class PacketViolationTests
{
    [Theory]
    [InlineData("a reserved type", 5, "00 00", 0x81)]
    [InlineData("AUTH in MQTT 3.1.1", 4, "f0 00", 0x81)]
    [InlineData("flags of CONNACK", 5, "21 03 000000", 0x81)]
    [InlineData("flags of SUBSCRIBE", 5, "80 08 0001 00 0002 612f 00", 0x81)]
    [InlineData("flags of UNSUBSCRIBE", 5, "a0 07 0001 00 0002 612f", 0x81)]
    [InlineData("flags of PUBREL", 4, "60 02 0001", 0x81)]
    [InlineData("flags of PINGREQ", 4, "c1 00", 0x81)]
    [InlineData("flags of DISCONNECT", 4, "e8 00", 0x81)]
    [InlineData("QoS 3", 5, "36 06 0001 61 0001 00", 0x81)]
    [InlineData("a duplicate of QoS 0", 5, "38 04 0001 61 00", 0x81)]
    [InlineData("packet identifier 0 in PUBLISH", 5, "32 06 0001 61 0000 00", 0x82)]
    [InlineData("packet identifier 0 in SUBSCRIBE", 5, "82 08 0000 00 0002 612f 00", 0x82)]
    [InlineData("packet identifier 0 in PUBACK", 4, "40 02 0000", 0x82)]
    [InlineData("a wildcard in the topic of PUBLISH", 5, "30 05 0002 612b 00", 0x90)]
    [InlineData("a hash in the topic of PUBLISH", 4, "30 04 0002 2361", 0x90)]
    [InlineData("a wildcard in the response topic", 5, "30 08 0001 61 04 08 0001 23", 0x90)]
    [InlineData("PUBLISH without a topic, 3.1.1", 4, "30 02 0000", 0x81)]
    [InlineData("PUBLISH without topic and alias", 5, "30 03 0000 00", 0x82)]
    [InlineData("a topic that is no UTF-8", 5, "30 05 0002 c328 00", 0x81)]
    [InlineData("a topic with a surrogate", 5, "30 06 0003 eda080 00", 0x81)]
    [InlineData("a topic with U+0000", 5, "30 05 0002 6100 00", 0x81)]
    [InlineData("a topic longer than its packet", 5, "30 04 0009 6161", 0x81)]
    [InlineData("another protocol", 5, "10 0d 0004 4d515455 05 02 000a 00 0000", 0x84)]
    [InlineData("another level", 5, "10 0c 0004 4d515454 03 02 000a 0000", 0x84)]
    [InlineData("MQTT 3.1", 5, "10 0e 0006 4d5149736470 03 02 000a 0000", 0x84)]
    [InlineData("the reserved flag of CONNECT", 5, "10 0d 0004 4d515454 05 03 000a 00 0000", 0x81)]
    [InlineData("a will of QoS 3", 5, "10 0d 0004 4d515454 05 1e 000a 00 0000", 0x81)]
    [InlineData("QoS of no will", 5, "10 0d 0004 4d515454 05 0a 000a 00 0000", 0x81)]
    [InlineData("retain of no will", 5, "10 0d 0004 4d515454 05 22 000a 00 0000", 0x81)]
    [InlineData("a password without a user name, 3.1.1", 4, "10 0f 0004 4d515454 04 42 000a 0000 0001 70", 0x81)]
    [InlineData("CONNECT with more than its fields", 5, "10 0e 0004 4d515454 05 02 000a 00 0000 00", 0x81)]
    [InlineData("CONNECT with a session expiry twice", 5, "10 17 0004 4d515454 05 02 000a 0a 1100000001 1100000002 0000", 0x82)]
    [InlineData("a receive maximum of 0", 5, "10 10 0004 4d515454 05 02 000a 03 210000 0000", 0x82)]
    [InlineData("a maximum packet size of 0", 5, "10 12 0004 4d515454 05 02 000a 05 2700000000 0000", 0x82)]
    [InlineData("request problem information 2", 5, "10 0f 0004 4d515454 05 02 000a 02 1702 0000", 0x82)]
    [InlineData("authentication data without a method", 5, "10 11 0004 4d515454 05 02 000a 04 16000161 0000", 0x82)]
    [InlineData("a property of another packet", 5, "10 10 0004 4d515454 05 02 000a 03 230001 0000", 0x82)]
    [InlineData("a property that there is not", 5, "10 0f 0004 4d515454 05 02 000a 02 7f00 0000", 0x81)]
    [InlineData("properties longer than the packet", 5, "10 0d 0004 4d515454 05 02 000a 10 0000", 0x81)]
    [InlineData("a variable byte integer longer than it needs", 5, "30 05 0001 61 8000", 0x81)]
    [InlineData("a variable byte integer of five bytes", 5, "30 08 0001 61 8080808001", 0x81)]
    [InlineData("SUBSCRIBE without a filter", 5, "82 03 0001 00", 0x82)]
    [InlineData("SUBSCRIBE without a filter, 3.1.1", 4, "82 02 0001", 0x82)]
    [InlineData("an empty filter", 5, "82 06 0001 00 0000 00", 0x81)]
    [InlineData("a filter without options", 5, "82 06 0001 00 0001 61", 0x81)]
    [InlineData("a subscription of QoS 3", 5, "82 07 0001 00 0001 61 03", 0x82)]
    [InlineData("retain handling 3", 5, "82 07 0001 00 0001 61 30", 0x82)]
    [InlineData("reserved options", 5, "82 07 0001 00 0001 61 40", 0x81)]
    [InlineData("options of MQTT 5.0 in 3.1.1", 4, "82 06 0001 0001 61 04", 0x81)]
    [InlineData("a subscription identifier of 0", 5, "82 09 0001 02 0b00 0001 61 00", 0x82)]
    [InlineData("two subscription identifiers", 5, "82 0b 0001 04 0b010b02 0001 61 00", 0x82)]
    [InlineData("UNSUBSCRIBE without a filter", 5, "a2 03 0001 00", 0x82)]
    [InlineData("an unknown code in PUBACK", 5, "40 03 0001 85", 0x81)]
    [InlineData("an unknown code in DISCONNECT", 5, "e0 01 05", 0x81)]
    [InlineData("DISCONNECT of MQTT 3.1.1 with a body", 4, "e0 01 00", 0x81)]
    [InlineData("PINGREQ with a body", 5, "c0 01 00", 0x81)]
    [InlineData("an unknown code in AUTH", 5, "f0 01 01", 0x81)]
    public void Packet_ThatBreaksARule_IsRefused(string what, int level, string hex, int code)
    {
        ReadOnlySequence<byte> buffer = new(PacketVectors.Bytes(hex));
        Assert.True(PacketReader.TryCut(ref buffer, 1000, out byte header, out ReadOnlySequence<byte> body), what);
        Assert.True(buffer.IsEmpty, what);

        MqttException refusal = Assert.Throws<MqttException>(() => PacketReader.Read(PacketVectors.Version(level), header, body));

        Assert.Equal($"{what}: {(ReasonCode)code}", $"{what}: {refusal.Code}");
    }

    [Theory]
    [InlineData("30 80808080 01", 0x81)]
    [InlineData("30 8f4e", 0x95)]
    [InlineData("30 ffffff7f", 0x95)]
    public void Length_OfFiveBytesOrBeyondTheLimit_IsRefusedBeforeThePacketIsHere(string hex, int code)
    {
        MqttException refusal = Assert.Throws<MqttException>(() =>
        {
            ReadOnlySequence<byte> buffer = new(PacketVectors.Bytes(hex));
            PacketReader.TryCut(ref buffer, 10_000, out _, out _);
        });

        Assert.Equal((ReasonCode)code, refusal.Code);
    }
}
