using System.Buffers;
using System.Text;
using System.Text.Json;
using RSocketIm.Protocol.Payloads.MessagePack;

namespace RSocketIm.Protocol.Payloads.Records;

/// <summary>One field of a record: its name, and how to move its value between the record and the wire.</summary>
internal abstract class RecordField<T>
{
    protected RecordField(string name, bool isRequired, bool allowsNil, Type type, string allowed)
    {
        Name = name;
        Type = type;
        IsRequired = isRequired;
        AllowsNil = allowsNil;
        Allowed = allowed;
        Utf8Name = Encoding.UTF8.GetBytes(name);
        JsonName = JsonEncodedText.Encode(name);
        ArrayBufferWriter<byte> output = new();
        MessagePackWriter writer = new(output);
        writer.WriteString(name);
        writer.Flush();
        MessagePackName = output.WrittenSpan.ToArray();
    }

    public string Name { get; }

    public bool IsRequired { get; }

    /// <summary>Whether nil is as good as no field at all: JavaScript encoders write <c>undefined</c> that way.</summary>
    public bool AllowsNil { get; }

    public Type Type { get; }

    public string Allowed { get; }

    public byte[] Utf8Name { get; }

    public JsonEncodedText JsonName { get; }

    /// <summary>The name as a MessagePack string, head included.</summary>
    public byte[] MessagePackName { get; }

    public abstract bool IsPresent(T record);

    public abstract void ReadInto(T record, ref MessagePackReader reader);

    public abstract void ReadInto(T record, ref Utf8JsonReader reader);

    public abstract void Write(T record, ref MessagePackWriter writer);

    public abstract void Write(T record, Utf8JsonWriter writer);
}

/// <inheritdoc/>
internal sealed class RecordField<T, TValue>(
    string name, bool isRequired, bool allowsNil, FieldType<TValue> type, Func<T, bool>? isPresent, Func<T, TValue> get, Action<T, TValue> set)
    : RecordField<T>(name, isRequired, allowsNil, typeof(TValue), type.Allowed)
{
    public override bool IsPresent(T record) => isPresent is null || isPresent(record);

    public override void ReadInto(T record, ref MessagePackReader reader)
    {
        try
        {
            set(record, type.Read(ref reader));
        }
        catch (RecordFormatException error)
        {
            throw error.Within(Name);
        }
        catch (MessagePackFormatException error)
        {
            throw new RecordFormatException(Name, $"cannot be read as MessagePack: {error.Message}", error);
        }
    }

    public override void ReadInto(T record, ref Utf8JsonReader reader)
    {
        try
        {
            set(record, type.Read(ref reader));
        }
        catch (RecordFormatException error)
        {
            throw error.Within(Name);
        }
        catch (JsonException error)
        {
            throw new RecordFormatException(Name, $"cannot be read as JSON: {error.Message}", error);
        }
    }

    public override void Write(T record, ref MessagePackWriter writer) => type.Write(ref writer, get(record));

    public override void Write(T record, Utf8JsonWriter writer) => type.Write(writer, get(record));
}
