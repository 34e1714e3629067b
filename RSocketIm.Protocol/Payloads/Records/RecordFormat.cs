using System.Buffers;
using System.Numerics;
using System.Text.Json;
using RSocketIm.Protocol.Payloads.MessagePack;

namespace RSocketIm.Protocol.Payloads.Records;

/// <summary>Reads and writes one kind of record as MessagePack and as JSON, from one list of fields.</summary>
/// <typeparam name="T">The record.</typeparam>
/// <remarks>
/// A record is a map with text keys. Keys that are not in the list are ignored; a key that is given twice is an error, because
/// two readers would otherwise see two different records; so are bytes after the record. Nothing is clamped or converted
/// silently. Thread-safe: made once and used by all connections.
/// </remarks>
public sealed class RecordFormat<T>
    where T : class
{
    /// <summary>The most fields a record may have: the ones found are marked in 64 bits.</summary>
    internal const int MaxFields = 64;

    private readonly Func<T> create;
    private readonly RecordField<T>[] fields;
    private readonly ulong required;

    internal RecordFormat(Func<T> create, RecordField<T>[] fields)
    {
        this.create = create;
        this.fields = fields;
        for (int i = 0; i < fields.Length; i++)
        {
            required |= fields[i].IsRequired ? 1UL << i : 0;
        }
    }

    /// <summary>The keys, in the order they are written.</summary>
    public IEnumerable<string> FieldNames => fields.Select(static listed => listed.Name);

    /// <summary>The fields, in the order they are written.</summary>
    public IReadOnlyList<RecordFieldInfo> Fields => [.. fields.Select(static listed => new RecordFieldInfo(listed.Name, listed.IsRequired, listed.Type, listed.Allowed))];

    /// <summary>Reads one record, which must be all there is.</summary>
    /// <param name="format">How it is encoded.</param>
    /// <param name="data">Its bytes; nothing in the record refers to them afterwards.</param>
    /// <exception cref="RecordFormatException">The data are not such a record; the message says where and why. There is no other exception.</exception>
    public T Read(DataFormat format, ReadOnlySequence<byte> data) => format == DataFormat.Json ? ReadJson(data) : ReadMessagePack(data);

    /// <summary>Reads one record, which must be all there is.</summary>
    /// <param name="format">How it is encoded.</param>
    /// <param name="data">Its bytes; nothing in the record refers to them afterwards.</param>
    /// <exception cref="RecordFormatException">The data are not such a record; the message says where and why. There is no other exception.</exception>
    public T Read(DataFormat format, ReadOnlyMemory<byte> data) => Read(format, new ReadOnlySequence<byte>(data));

    /// <summary>Writes a record; optional fields that are null are left out.</summary>
    /// <param name="format">How to encode it.</param>
    /// <param name="output">Where it goes.</param>
    /// <param name="record">The record; its values are not checked.</param>
    public void Write(DataFormat format, IBufferWriter<byte> output, T record)
    {
        if (format == DataFormat.Json)
        {
            Utf8JsonWriter json = JsonText.Rent(output);
            Write(json, record);
            JsonText.Return(json);
            return;
        }

        MessagePackWriter writer = new(output);
        Write(ref writer, record);
        writer.Flush();
    }

    /// <summary>Writes a record into an array of its own.</summary>
    /// <param name="format">How to encode it.</param>
    /// <param name="record">The record; its values are not checked.</param>
    public byte[] ToArray(DataFormat format, T record)
    {
        ArrayBufferWriter<byte> output = new();
        Write(format, output, record);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Writes a record as a value inside something larger.</summary>
    /// <param name="writer">Where it goes; not flushed.</param>
    /// <param name="record">The record; its values are not checked.</param>
    public void Write(ref MessagePackWriter writer, T record)
    {
        int count = 0;
        foreach (RecordField<T> field in fields)
        {
            count += field.IsPresent(record) ? 1 : 0;
        }

        writer.WriteMapHeader(count);
        foreach (RecordField<T> field in fields)
        {
            if (field.IsPresent(record))
            {
                writer.WriteRaw(field.MessagePackName);
                field.Write(record, ref writer);
            }
        }
    }

    internal void Write(Utf8JsonWriter writer, T record)
    {
        writer.WriteStartObject();
        foreach (RecordField<T> field in fields)
        {
            if (field.IsPresent(record))
            {
                writer.WritePropertyName(field.JsonName);
                field.Write(record, writer);
            }
        }

        writer.WriteEndObject();
    }

    internal T Read(ref MessagePackReader reader)
    {
        if (reader.NextType != MessagePackType.Map)
        {
            throw RecordFormatException.Wrong(FoundText.Next(reader), "a map");
        }

        T record = create();
        ulong found = 0;
        int expected = 0;
        for (int pairs = reader.ReadMapHeader(); pairs > 0; pairs--)
        {
            // A key that is no text is a key we do not know.
            int index = -1;
            if (reader.NextType == MessagePackType.String)
            {
                index = IndexOf(reader.ReadStringSpan(), expected);
            }
            else
            {
                reader.Skip();
            }

            if (index < 0)
            {
                reader.Skip();
                continue;
            }

            RecordField<T> field = Mark(index, ref found);
            expected = index + 1;
            if (!field.AllowsNil || !reader.TryReadNil())
            {
                field.ReadInto(record, ref reader);
            }
        }

        CheckRequired(found);
        return record;
    }

    internal T Read(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw RecordFormatException.Wrong(FoundText.Current(ref reader), "a map");
        }

        T record = create();
        ulong found = 0;
        int expected = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            int index = IndexOf(ref reader, expected);
            reader.Read();
            if (index < 0)
            {
                reader.Skip();
                continue;
            }

            RecordField<T> field = Mark(index, ref found);
            expected = index + 1;
            if (!field.AllowsNil || reader.TokenType != JsonTokenType.Null)
            {
                field.ReadInto(record, ref reader);
            }
        }

        CheckRequired(found);
        return record;
    }

    private T ReadMessagePack(ReadOnlySequence<byte> data)
    {
        try
        {
            MessagePackReader reader = new(data);
            T record = Read(ref reader);
            reader.EnsureEnd();
            return record;
        }
        catch (MessagePackFormatException error)
        {
            throw new RecordFormatException("", $"is not valid MessagePack: {error.Message}", error);
        }
    }

    private T ReadJson(ReadOnlySequence<byte> data)
    {
        if (data.IsSingleSegment)
        {
            return ReadJson(data.FirstSpan);
        }

        // Joined first: over several segments Utf8JsonReader leaves its array when a literal is cut off at the end of one.
        int length = checked((int)data.Length);
        byte[] joined = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            data.CopyTo(joined);
            return ReadJson(joined.AsSpan(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(joined, clearArray: true); // passwords come this way too
        }
    }

    private T ReadJson(ReadOnlySpan<byte> data)
    {
        try
        {
            Utf8JsonReader reader = new(data, JsonText.ReaderOptions);
            reader.Read();
            T record = Read(ref reader);
            reader.Read(); // raises when something follows
            return record;
        }
        catch (JsonException error)
        {
            throw new RecordFormatException("", $"is not valid JSON: {error.Message}", error);
        }
    }

    // Senders keep the order of our own lists more often than not, so the field after the last one is tried first.
    private int IndexOf(ReadOnlySpan<byte> key, int expected)
    {
        if (expected < fields.Length && key.SequenceEqual(fields[expected].Utf8Name))
        {
            return expected;
        }

        for (int i = 0; i < fields.Length; i++)
        {
            if (key.SequenceEqual(fields[i].Utf8Name))
            {
                return i;
            }
        }

        return -1;
    }

    private int IndexOf(ref Utf8JsonReader reader, int expected)
    {
        if (reader.ValueIsEscaped)
        {
            // Rare, and the only way a name can fail to be text.
            string name = JsonText.Get(ref reader);
            return Array.FindIndex(fields, field => field.Name == name);
        }

        return reader.HasValueSequence ? IndexOf(reader.ValueSequence.ToArray(), expected) : IndexOf(reader.ValueSpan, expected);
    }

    private RecordField<T> Mark(int index, ref ulong found)
    {
        if ((found & (1UL << index)) != 0)
        {
            throw new RecordFormatException(fields[index].Name, "is given twice.");
        }

        found |= 1UL << index;
        return fields[index];
    }

    private void CheckRequired(ulong found)
    {
        ulong missing = required & ~found;
        if (missing != 0)
        {
            RecordField<T> field = fields[BitOperations.TrailingZeroCount(missing)];
            throw new RecordFormatException(field.Name, $"is missing, but must be {field.Allowed}.");
        }
    }
}
