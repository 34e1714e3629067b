using System.Text.Json;
using RSocketIm.Protocol.Payloads.MessagePack;

namespace RSocketIm.Protocol.Payloads.Records;

/// <summary>Turns a JSON value of any shape into MessagePack; for fields that may hold anything.</summary>
internal static class JsonToMessagePack
{
    /// <summary>Copies the value the reader stands on, and leaves it on that value's last token.</summary>
    /// <exception cref="RecordFormatException">A text is not Unicode, or a number is too large for a double.</exception>
    /// <exception cref="JsonException">It is not JSON, or nested too deep.</exception>
    public static void Copy(ref Utf8JsonReader reader, ref MessagePackWriter writer)
    {
        // Recursion is as deep as the reader lets JSON be: 16.
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                writer.WriteMapHeader(Count(reader) / 2);
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    writer.WriteString(JsonText.Get(ref reader));
                    reader.Read();
                    Copy(ref reader, ref writer);
                }

                break;
            case JsonTokenType.StartArray:
                writer.WriteArrayHeader(Count(reader));
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    Copy(ref reader, ref writer);
                }

                break;
            case JsonTokenType.String:
                writer.WriteString(JsonText.Get(ref reader));
                break;
            case JsonTokenType.Number:
                CopyNumber(ref reader, ref writer);
                break;
            case JsonTokenType.True:
            case JsonTokenType.False:
                writer.WriteBoolean(reader.GetBoolean());
                break;
            default:
                writer.WriteNil();
                break;
        }
    }

    private static void CopyNumber(ref Utf8JsonReader reader, ref MessagePackWriter writer)
    {
        if (reader.TryGetInt64(out long whole))
        {
            writer.WriteInt64(whole);
        }
        else if (reader.TryGetUInt64(out ulong huge))
        {
            writer.WriteUInt64(huge);
        }
        else if (reader.TryGetDouble(out double real) && double.IsFinite(real))
        {
            writer.WriteDouble(real);
        }
        else
        {
            throw RecordFormatException.Wrong(FoundText.Current(ref reader), "a number of 64 bits");
        }
    }

    // MessagePack says its counts first, JSON never: so a copy of the reader goes ahead. Names count as well.
    private static int Count(Utf8JsonReader ahead)
    {
        int count = 0;
        int depth = ahead.CurrentDepth;
        while (ahead.Read() && ahead.CurrentDepth > depth)
        {
            count++;
            if (ahead.TokenType != JsonTokenType.PropertyName)
            {
                ahead.Skip(); // on a property name Skip would pass over the value uncounted
            }
        }

        return count;
    }
}
