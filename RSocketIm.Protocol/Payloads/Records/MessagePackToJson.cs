using System.Buffers;
using System.Text.Json;
using RSocketIm.Protocol.Payloads.MessagePack;

namespace RSocketIm.Protocol.Payloads.Records;

/// <summary>Turns a MessagePack value of any shape into JSON, so that what is stored once can be sent in both formats.</summary>
/// <remarks>
/// Bytes become base64 text; timestamps Unix milliseconds, rounded down; any other extension <c>{"ext": type, "data": base64}</c>;
/// NaN and the infinities null, as in JavaScript; keys that are not text their text, <c>1</c> for example.
/// </remarks>
public static class MessagePackToJson
{
    /// <summary>Converts one value, which must be all there is.</summary>
    /// <param name="messagePack">The value, nested at most 16 deep.</param>
    /// <param name="output">Where the JSON goes; after an exception it may hold the beginning of it.</param>
    /// <exception cref="MessagePackFormatException">It is not MessagePack, a key is a container, or a timestamp is beyond 64 bits of milliseconds.</exception>
    public static void Convert(ReadOnlySequence<byte> messagePack, IBufferWriter<byte> output)
    {
        MessagePackReader reader = new(messagePack);
        Utf8JsonWriter writer = JsonText.Rent(output);
        Copy(ref reader, writer);
        reader.EnsureEnd();
        JsonText.Return(writer);
    }

    internal static void Copy(ref MessagePackReader reader, Utf8JsonWriter writer)
    {
        // Recursion is as deep as the reader lets containers be.
        switch (reader.NextType)
        {
            case MessagePackType.Nil:
                reader.ReadNil();
                writer.WriteNullValue();
                break;
            case MessagePackType.Boolean:
                writer.WriteBooleanValue(reader.ReadBoolean());
                break;
            case MessagePackType.Integer:
                CopyInteger(ref reader, writer);
                break;
            case MessagePackType.Float:
                CopyFloat(ref reader, writer);
                break;
            case MessagePackType.String:
                writer.WriteStringValue(reader.ReadString());
                break;
            case MessagePackType.Binary:
                WriteBase64(reader.ReadBinary(), writer);
                break;
            case MessagePackType.Extension:
                CopyExtension(ref reader, writer);
                break;
            case MessagePackType.Array:
                writer.WriteStartArray();
                for (int left = reader.ReadArrayHeader(); left > 0; left--)
                {
                    Copy(ref reader, writer);
                }

                writer.WriteEndArray();
                break;
            default:
                writer.WriteStartObject();
                for (int left = reader.ReadMapHeader(); left > 0; left--)
                {
                    writer.WritePropertyName(ReadKey(ref reader));
                    Copy(ref reader, writer);
                }

                writer.WriteEndObject();
                break;
        }
    }

    private static void CopyInteger(ref MessagePackReader reader, Utf8JsonWriter writer)
    {
        if (reader.TryReadInt64(out long value))
        {
            writer.WriteNumberValue(value);
        }
        else
        {
            writer.WriteNumberValue(reader.ReadUInt64());
        }
    }

    private static void CopyFloat(ref MessagePackReader reader, Utf8JsonWriter writer)
    {
        double value = reader.ReadDouble();
        if (double.IsFinite(value))
        {
            writer.WriteNumberValue(value);
        }
        else
        {
            writer.WriteNullValue();
        }
    }

    private static void CopyExtension(ref MessagePackReader reader, Utf8JsonWriter writer)
    {
        MessagePackExtension extension = reader.ReadExtension();
        if (MessagePackReader.TryParseTimestamp(extension, out MessagePackTimestamp timestamp))
        {
            writer.WriteNumberValue(ToMilliseconds(timestamp, reader.Consumed));
            return;
        }

        writer.WriteStartObject();
        writer.WriteNumber("ext"u8, extension.Type);
        writer.WritePropertyName("data"u8);
        WriteBase64(extension.Data, writer);
        writer.WriteEndObject();
    }

    private static string ReadKey(ref MessagePackReader reader)
    {
        switch (reader.NextType)
        {
            case MessagePackType.String:
                return reader.ReadString();
            case MessagePackType.Nil:
                reader.ReadNil();
                return "null";
            case MessagePackType.Boolean:
                return reader.ReadBoolean() ? "true" : "false";
            case MessagePackType.Integer:
                return reader.TryReadInt64(out long value) ? value.ToString() : reader.ReadUInt64().ToString();
            case MessagePackType.Float:
                return reader.ReadDouble().ToString("R");
            case MessagePackType.Binary:
                return System.Convert.ToBase64String(reader.ReadBinary().ToArray());
            case MessagePackType.Extension:
                MessagePackExtension extension = reader.ReadExtension();
                return MessagePackReader.TryParseTimestamp(extension, out MessagePackTimestamp timestamp)
                    ? ToMilliseconds(timestamp, reader.Consumed).ToString()
                    : System.Convert.ToBase64String(extension.Data.ToArray());
            default:
                throw new MessagePackFormatException(reader.Consumed, "A container cannot be a key of a JSON object.");
        }
    }

    private static long ToMilliseconds(MessagePackTimestamp timestamp, long offset) => timestamp.TryGetUnixMilliseconds(out long milliseconds)
        ? milliseconds
        : throw new MessagePackFormatException(offset, $"{timestamp.Seconds} seconds are beyond 64 bits of milliseconds.");

    private static void WriteBase64(ReadOnlySequence<byte> bytes, Utf8JsonWriter writer) =>
        writer.WriteBase64StringValue(bytes.IsSingleSegment ? bytes.FirstSpan : bytes.ToArray());
}
