using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using RSocketIm.Protocol.Payloads.MessagePack;
using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Tests.Protocol.Payloads.Records;

public sealed class MessagePackToJsonTests
{
    [Theory]
    [InlineData("c0", "null")]
    [InlineData("93c3c2ff", "[true,false,-1]")]
    [InlineData("cfffffffffffffffff", "18446744073709551615")]
    [InlineData("cb3ff8000000000000", "1.5")]
    [InlineData("ca7fc00000", "null")] // NaN
    [InlineData("cb7ff0000000000000", "null")] // infinity
    [InlineData("a3e4b896", "\"世\"")]
    [InlineData("a2220a", "\"\\\"\\n\"")]
    [InlineData("c403010203", "\"AQID\"")]
    [InlineData("d6ff5a4af6a5", "1514862245000")]
    [InlineData("d7ffa1dcd7c85a4af6a5", "1514862245678")]
    [InlineData("c70cff3b9ac9ffffffffffffffffff", "-1")]
    [InlineData("d5012021", "{\"ext\":1,\"data\":\"ICE=\"}")]
    [InlineData("8401a161c0a162c3a163c40101a164", "{\"1\":\"a\",\"null\":\"b\",\"true\":\"c\",\"AQ==\":\"d\"}")]
    [InlineData("81d6ff5a4af6a580", "{\"1514862245000\":{}}")]
    public void Value_OfEveryType_HasItsJson(string hex, string json)
    {
        foreach (ReadOnlySequence<byte> shape in Split.EveryWay(Convert.FromHexString(hex)))
        {
            Assert.Equal(json, ToJson(shape));
        }
    }

    [Theory]
    [InlineData("819000")] // an array as key
    [InlineData("c0c0")] // two values
    [InlineData("a1ff")] // not UTF-8
    [InlineData("92c0")] // cut short
    [InlineData("c70cff000000007fffffffffffffff")] // a timestamp beyond 64 bits of milliseconds
    public void Value_WithoutJson_IsRefused(string hex) =>
        Assert.Throws<MessagePackFormatException>(() => ToJson(new ReadOnlySequence<byte>(Convert.FromHexString(hex))));

    [Fact]
    public void Nesting_BeyondTheLimit_IsRefused()
    {
        byte[] deep = [.. Enumerable.Repeat((byte)0x91, 16), 0xC0];
        Assert.Equal($"{new string('[', 16)}null{new string(']', 16)}", ToJson(new ReadOnlySequence<byte>(deep)));
        Assert.Throws<MessagePackFormatException>(() => ToJson(new ReadOnlySequence<byte>((byte[])[0x91, .. deep])));
    }

    [Fact]
    public void Garbage_RaisesTheOneException_OrNone() => Prop.ForAll<byte[]>(static bytes =>
        Record.Exception(() => ToJson(new ReadOnlySequence<byte>(bytes))) is null or MessagePackFormatException).QuickCheckThrowOnFailure();

    private static string ToJson(ReadOnlySequence<byte> bytes)
    {
        ArrayBufferWriter<byte> output = new();
        MessagePackToJson.Convert(bytes, output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
