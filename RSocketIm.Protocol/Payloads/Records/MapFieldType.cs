using System.Text.Json;
using RSocketIm.Protocol.Payloads.MessagePack;

namespace RSocketIm.Protocol.Payloads.Records;

internal sealed class MapFieldType<TElement>(FieldType<TElement> element, int maxCount, int maxKeyBytes) : FieldType<IReadOnlyDictionary<string, TElement>>(
    maxCount == int.MaxValue ? "a map" : $"a map of at most {maxCount}")
{
    private readonly FieldType<string> keyType = FieldTypes.Text(0, maxKeyBytes);

    internal override IReadOnlyDictionary<string, TElement> Read(ref MessagePackReader reader)
    {
        if (reader.NextType != MessagePackType.Map)
        {
            throw WrongNext(reader);
        }

        int count = reader.ReadMapHeader();
        if (count > maxCount)
        {
            throw Wrong($"a map of {count}");
        }

        Dictionary<string, TElement> map = new(StringComparer.Ordinal);
        for (int i = 0; i < count; i++)
        {
            string key = ReadKey(ref reader);
            try
            {
                Add(map, key, element.Read(ref reader));
            }
            catch (RecordFormatException error)
            {
                throw error.Within($"[{FoundText.Quote(key)}]");
            }
        }

        return map;
    }

    internal override IReadOnlyDictionary<string, TElement> Read(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw WrongCurrent(ref reader);
        }

        Dictionary<string, TElement> map = new(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            if (map.Count == maxCount)
            {
                throw Wrong($"a map of more than {maxCount}");
            }

            string key = JsonText.Get(ref reader);
            int keyBytes = System.Text.Encoding.UTF8.GetByteCount(key);
            if (keyBytes > maxKeyBytes)
            {
                throw new RecordFormatException("", $"has the key {FoundText.Quote(key)} ({keyBytes} bytes), but a key must be {keyType.Allowed}.");
            }

            reader.Read();
            try
            {
                Add(map, key, element.Read(ref reader));
            }
            catch (RecordFormatException error)
            {
                throw error.Within($"[{FoundText.Quote(key)}]");
            }
        }

        return map;
    }

    internal override void Write(ref MessagePackWriter writer, IReadOnlyDictionary<string, TElement> value)
    {
        writer.WriteMapHeader(value.Count);
        foreach ((string key, TElement entry) in value)
        {
            writer.WriteString(key);
            element.Write(ref writer, entry);
        }
    }

    internal override void Write(Utf8JsonWriter writer, IReadOnlyDictionary<string, TElement> value)
    {
        writer.WriteStartObject();
        foreach ((string key, TElement entry) in value)
        {
            writer.WritePropertyName(key);
            element.Write(writer, entry);
        }

        writer.WriteEndObject();
    }

    private string ReadKey(ref MessagePackReader reader)
    {
        MessagePackReader start = reader;
        try
        {
            return keyType.Read(ref reader);
        }
        catch (RecordFormatException error)
        {
            throw new RecordFormatException("", $"has the key {FoundText.Next(start)}, but a key must be {keyType.Allowed}.", error);
        }
    }

    private static void Add(Dictionary<string, TElement> map, string key, TElement value)
    {
        if (!map.TryAdd(key, value))
        {
            throw new RecordFormatException("", "is given twice.");
        }
    }
}
