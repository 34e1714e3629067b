using System.Text.Json;
using RSocketIm.Protocol.Payloads.MessagePack;

namespace RSocketIm.Protocol.Payloads.Records;

internal sealed class ListFieldType<TElement>(FieldType<TElement> element, int maxCount) : FieldType<IReadOnlyList<TElement>>(
    maxCount == int.MaxValue ? "a list" : $"a list of at most {maxCount}")
{
    // A list grows with what is really read: a declared count of a million nils must not reserve a million references.
    private const int FirstCapacity = 16;

    internal override IReadOnlyList<TElement> Read(ref MessagePackReader reader)
    {
        if (reader.NextType != MessagePackType.Array)
        {
            throw WrongNext(reader);
        }

        int count = reader.ReadArrayHeader();
        if (count > maxCount)
        {
            throw Wrong($"a list of {count}");
        }

        List<TElement> list = new(Math.Min(count, FirstCapacity));
        for (int i = 0; i < count; i++)
        {
            try
            {
                list.Add(element.Read(ref reader));
            }
            catch (RecordFormatException error)
            {
                throw error.Within($"[{i}]");
            }
        }

        return list;
    }

    internal override IReadOnlyList<TElement> Read(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw WrongCurrent(ref reader);
        }

        List<TElement> list = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (list.Count == maxCount)
            {
                throw Wrong($"a list of more than {maxCount}");
            }

            try
            {
                list.Add(element.Read(ref reader));
            }
            catch (RecordFormatException error)
            {
                throw error.Within($"[{list.Count}]");
            }
        }

        return list;
    }

    internal override void Write(ref MessagePackWriter writer, IReadOnlyList<TElement> value)
    {
        writer.WriteArrayHeader(value.Count);
        for (int i = 0; i < value.Count; i++)
        {
            element.Write(ref writer, value[i]);
        }
    }

    internal override void Write(Utf8JsonWriter writer, IReadOnlyList<TElement> value)
    {
        writer.WriteStartArray();
        for (int i = 0; i < value.Count; i++)
        {
            element.Write(writer, value[i]);
        }

        writer.WriteEndArray();
    }
}
