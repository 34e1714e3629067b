using System.Buffers;
using System.Text.Json;
using RSocketIm.Protocol.Payloads.MessagePack;
using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Tests.TestKit;

/// <summary>Writes values in either format, well-formed or not.</summary>
/// <remarks>A value is null, a bool, a long, a string, a list (<c>object?[]</c>), a <see cref="WireMap"/> or <see cref="WireBytes"/>.</remarks>
internal static class WireValue
{
    public static byte[] Encode(DataFormat format, object? value)
    {
        ArrayBufferWriter<byte> output = new();
        Write(format, output, value);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Whether a value can be written in a format.</summary>
    public static bool Exists(DataFormat format, object? value) => value switch
    {
        WireBytes bytes => (format == DataFormat.Json ? bytes.Json : bytes.MessagePack) is not null,
        object?[] list => list.All(element => Exists(format, element)),
        WireMap map => map.Pairs.All(pair => Exists(format, pair.Key) && Exists(format, pair.Value)),
        _ => true,
    };

    private static void Write(DataFormat format, ArrayBufferWriter<byte> output, object? value)
    {
        if (value is WireBytes bytes)
        {
            output.Write(format == DataFormat.Json ? bytes.Json : bytes.MessagePack);
        }
        else if (format == DataFormat.Json)
        {
            WriteJson(output, value);
        }
        else
        {
            WriteMessagePack(output, value);
        }
    }

    private static void WriteJson(ArrayBufferWriter<byte> output, object? value)
    {
        switch (value)
        {
            case object?[] list:
                output.Write("["u8);
                for (int i = 0; i < list.Length; i++)
                {
                    output.Write(i == 0 ? ""u8 : ","u8);
                    Write(DataFormat.Json, output, list[i]);
                }

                output.Write("]"u8);
                break;
            case WireMap map:
                output.Write("{"u8);
                for (int i = 0; i < map.Pairs.Length; i++)
                {
                    output.Write(i == 0 ? ""u8 : ","u8);
                    Write(DataFormat.Json, output, map.Pairs[i].Key);
                    output.Write(":"u8);
                    Write(DataFormat.Json, output, map.Pairs[i].Value);
                }

                output.Write("}"u8);
                break;
            default:
                output.Write(JsonSerializer.SerializeToUtf8Bytes(value));
                break;
        }
    }

    private static void WriteMessagePack(ArrayBufferWriter<byte> output, object? value)
    {
        MessagePackWriter writer = new(output);
        switch (value)
        {
            case null:
                writer.WriteNil();
                break;
            case bool truth:
                writer.WriteBoolean(truth);
                break;
            case string text:
                writer.WriteString(text);
                break;
            case object?[] list:
                writer.WriteArrayHeader(list.Length);
                break;
            case WireMap map:
                writer.WriteMapHeader(map.Pairs.Length);
                break;
            default:
                writer.WriteInt64((long)value);
                break;
        }

        writer.Flush();
        IEnumerable<object?> inside = value switch
        {
            object?[] list => list,
            WireMap map => map.Pairs.SelectMany(static pair => (object?[])[pair.Key, pair.Value]),
            _ => [],
        };
        foreach (object? each in inside)
        {
            Write(DataFormat.MessagePack, output, each);
        }
    }
}
