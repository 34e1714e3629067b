using RSocketIm.Server.Gateways.Mqtt.Packets;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Server.Gateways.Mqtt.Packets;

/// <summary>Packets as bytes, put together by hand from the specifications' figures; among them the examples that they print.</summary>
internal static class PacketVectors
{
    /// <summary>Name, version and bytes.</summary>
    public static TheoryData<string, int, string> All => new()
    {
        // 3.1: clean start, keep alive 10, no properties, an empty client id.
        { "connect", 5, "10 0d 0004 4d515454 05 02 000a 00 0000" },
        { "connect 3.1.1 with a user, a password and a will", 4, "10 24 0004 4d515454 04 ee 003c 0002 6964 0003 612f62 0002 6f66 0003 616e6e 0006 736563726574" },
        { "connect with properties", 5, "10 25 0004 4d515454 05 c2 ffff 0b 11 00000e10 21 0014 22 000a 0001 63 0003 616e6e 0005 7061737320" },
        { "connect with a will and its properties", 5, "10 23 0004 4d515454 05 2c 0000 00 0001 63 0c 03 0004 74657874 18 0000000a 0001 74 0003 627965" },
        { "connack", 5, "20 03 00 00 00" },
        { "connack 3.1.1, session present", 4, "20 02 01 00" },
        { "connack 3.1.1, refused", 4, "20 02 00 05" },
        { "connack with properties", 5, "20 15 01 00 12 12 0003 613132 21 000a 24 01 27 00100000 2a 00" },
        { "connack refused with a reason", 5, "20 09 00 86 06 1f 0003 627964" },
        { "publish of QoS 0", 4, "30 07 0003 612f62 6869" },
        { "publish of QoS 1, 3.1.1", 4, "32 09 0003 612f62 000a 6869" },
        { "publish of QoS 1", 5, "32 0a 0003 612f62 000a 00 6869" },
        { "publish of QoS 2, duplicate, retained, without payload", 5, "3d 08 0003 612f62 ffff 00" },
        { "publish by alias with request and response", 5, "30 1a 0000 16 01 01 02 0000003c 08 0001 72 09 0002 0102 0b 8001 23 0005 78" },
        { "publish with user properties", 5, "30 15 0001 61 11 0b 01 26 0001 6b 0001 76 26 0001 6b 0002 7632" },
        { "puback", 5, "40 02 0001" },
        { "puback that nobody hears", 5, "40 03 0001 10" },
        { "puback refused with a reason", 5, "40 09 0001 87 05 1f 0002 6e6f" },
        { "pubrec", 4, "50 02 1234" },
        { "pubrec refused", 5, "50 03 1234 97" },
        { "pubrel", 5, "62 02 1234" },
        { "pubrel of an unknown identifier", 5, "62 03 1234 92" },
        { "pubcomp", 4, "70 02 1234" },
        { "pubcomp of an unknown identifier", 5, "70 03 1234 92" },
        { "subscribe 3.1.1", 4, "82 0e 000a 0003 612f62 01 0003 632f64 02" },
        { "subscribe with options and an identifier", 5, "82 0c 000a 02 0b 78 0004 612f622f 2e" },
        { "suback 3.1.1", 4, "90 05 000a 00 02 80" },
        { "suback", 5, "90 06 000a 00 01 8f 9e" },
        { "unsubscribe 3.1.1", 4, "a2 0c 000a 0003 612f62 0003 632f64" },
        { "unsubscribe", 5, "a2 08 000a 00 0003 612f62" },
        { "unsuback 3.1.1", 4, "b0 02 000a" },
        { "unsuback", 5, "b0 05 000a 00 00 11" },
        { "pingreq", 5, "c0 00" },
        { "pingresp", 4, "d0 00" },
        { "disconnect", 4, "e0 00" },
        { "disconnect, taken over", 5, "e0 01 8e" },
        { "disconnect with properties", 5, "e0 07 04 05 11 ffffffff" },
        { "auth", 5, "f0 00" },
        { "auth with data", 5, "f0 0b 18 09 15 0001 6d 16 0002 0102" },
    };

    public static MqttVersion Version(int level) => (MqttVersion)level;

    public static byte[] Bytes(string hex) => Build.Hex(hex);
}
