using System.Buffers;
using System.Text.Json;
using RSocketIm.Protocol.Payloads.MessagePack;

namespace RSocketIm.Tests.Protocol.Payloads.MessagePack;

/// <summary>Vectors/msgpack.json: what the public test suite says about every type.</summary>
public sealed class MessagePackVectorTests
{
    public static TheoryData<int> Cases => [.. Enumerable.Range(0, Vectors.Length)];

    private static readonly JsonElement[] Vectors = [.. VectorFile.Load("msgpack.json").GetProperty("cases").EnumerateArray()];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Reader_OfEveryEncoding_InEveryShape_FindsTheValue(int index)
    {
        JsonElement vector = Vectors[index];
        foreach (JsonElement encoding in vector.GetProperty("encodings").EnumerateArray())
        {
            foreach (ReadOnlySequence<byte> bytes in Split.EveryWay(encoding.Hex()))
            {
                MessagePackReader reader = new(bytes);
                AssertValue(ref reader, vector.GetProperty("kind").GetString()!, vector.GetProperty("value"));
                reader.EnsureEnd();
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Skip_OfEveryEncoding_InEveryShape_EndsBehindIt(int index)
    {
        foreach (JsonElement encoding in Vectors[index].GetProperty("encodings").EnumerateArray())
        {
            byte[] followed = [.. encoding.Hex(), 0xC3];
            foreach (ReadOnlySequence<byte> bytes in Split.EveryWay(followed))
            {
                MessagePackReader reader = new(bytes);
                Assert.Equal(followed[..^1], reader.ReadRaw().ToArray());
                Assert.True(reader.ReadBoolean());
                reader.EnsureEnd();
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Reader_OfEveryTruncation_SaysWhere(int index)
    {
        JsonElement vector = Vectors[index];
        foreach (JsonElement encoding in vector.GetProperty("encodings").EnumerateArray())
        {
            byte[] whole = encoding.Hex();
            for (int length = 0; length < whole.Length; length++)
            {
                byte[] cut = whole[..length];
                MessagePackFormatException reading = Assert.Throws<MessagePackFormatException>(() =>
                {
                    MessagePackReader reader = new(cut);
                    AssertValue(ref reader, vector.GetProperty("kind").GetString()!, vector.GetProperty("value"));
                });
                Assert.InRange(reading.Offset, 0, length);
                Assert.Throws<MessagePackFormatException>(() => new MessagePackReader(cut).Skip());
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Writer_OfEveryValue_IsShortest(int index)
    {
        JsonElement vector = Vectors[index];
        ArrayBufferWriter<byte> output = new();
        MessagePackWriter writer = new(output);
        Write(ref writer, vector.GetProperty("kind").GetString()!, vector.GetProperty("value"));
        writer.Flush();
        Assert.Equal(vector.GetProperty("shortest").GetString(), Convert.ToHexStringLower(output.WrittenSpan));
    }

    private static void AssertValue(ref MessagePackReader reader, string kind, JsonElement value)
    {
        switch (kind)
        {
            case "nil":
                Assert.Equal(MessagePackType.Nil, reader.NextType);
                reader.ReadNil();
                break;
            case "boolean":
                Assert.Equal(value.GetBoolean(), reader.ReadBoolean());
                break;
            case "integer" when ulong.TryParse(value.GetString(), out ulong huge) && huge > long.MaxValue:
                Assert.Equal(huge, reader.ReadUInt64());
                break;
            case "integer":
                Assert.Equal(long.Parse(value.GetString()!), reader.ReadInt64());
                break;
            case "float":
                Assert.Equal(double.Parse(value.GetString()!), reader.ReadDouble());
                break;
            case "string":
                Assert.Equal(value.GetString(), reader.ReadString());
                break;
            case "binary":
                Assert.Equal(value.Hex(), reader.ReadBinary().ToArray());
                break;
            case "timestamp":
                Assert.Equal(ToTimestamp(value), reader.ReadTimestamp());
                break;
            case "extension":
                MessagePackExtension extension = reader.ReadExtension();
                Assert.Equal(value.GetProperty("type").GetSByte(), extension.Type);
                Assert.Equal(value.GetProperty("data").Hex(), extension.Data.ToArray());
                break;
            default:
                AssertJson(ref reader, value);
                break;
        }
    }

    private static void AssertJson(ref MessagePackReader reader, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Array:
                Assert.Equal(value.GetArrayLength(), reader.ReadArrayHeader());
                foreach (JsonElement element in value.EnumerateArray())
                {
                    AssertJson(ref reader, element);
                }

                break;
            case JsonValueKind.Object:
                int count = reader.ReadMapHeader();
                foreach (JsonProperty property in value.EnumerateObject())
                {
                    Assert.Equal(property.Name, reader.ReadString());
                    AssertJson(ref reader, property.Value);
                    count--;
                }

                Assert.Equal(0, count);
                break;
            case JsonValueKind.String:
                Assert.Equal(value.GetString(), reader.ReadString());
                break;
            default:
                Assert.Equal(value.GetInt32(), reader.ReadInt32());
                break;
        }
    }

    private static void Write(ref MessagePackWriter writer, string kind, JsonElement value)
    {
        switch (kind)
        {
            case "nil":
                writer.WriteNil();
                break;
            case "boolean":
                writer.WriteBoolean(value.GetBoolean());
                break;
            case "integer" when ulong.TryParse(value.GetString(), out ulong positive):
                writer.WriteUInt64(positive);
                break;
            case "integer":
                writer.WriteInt64(long.Parse(value.GetString()!));
                break;
            case "float":
                writer.WriteSingle(float.Parse(value.GetString()!));
                break;
            case "string":
                writer.WriteString(value.GetString());
                break;
            case "binary":
                writer.WriteBinary(value.Hex());
                break;
            case "timestamp":
                writer.WriteTimestamp(ToTimestamp(value));
                break;
            case "extension":
                writer.WriteExtension(value.GetProperty("type").GetSByte(), value.GetProperty("data").Hex());
                break;
            default:
                WriteJson(ref writer, value);
                break;
        }
    }

    private static void WriteJson(ref MessagePackWriter writer, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Array:
                writer.WriteArrayHeader(value.GetArrayLength());
                foreach (JsonElement element in value.EnumerateArray())
                {
                    WriteJson(ref writer, element);
                }

                break;
            case JsonValueKind.Object:
                writer.WriteMapHeader(value.GetPropertyCount());
                foreach (JsonProperty property in value.EnumerateObject())
                {
                    writer.WriteString(property.Name);
                    WriteJson(ref writer, property.Value);
                }

                break;
            case JsonValueKind.String:
                writer.WriteString(value.GetString());
                break;
            default:
                writer.WriteInt64(value.GetInt64());
                break;
        }
    }

    private static MessagePackTimestamp ToTimestamp(JsonElement value) =>
        new(value.GetProperty("seconds").GetInt64(), value.GetProperty("nanoseconds").GetUInt32());
}
