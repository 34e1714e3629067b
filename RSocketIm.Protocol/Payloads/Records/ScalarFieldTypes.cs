using System.Buffers;
using System.Text.Json;
using RSocketIm.Protocol.Payloads.MessagePack;

namespace RSocketIm.Protocol.Payloads.Records;

internal sealed class BooleanFieldType() : FieldType<bool>("true or false")
{
    internal override bool Read(ref MessagePackReader reader) =>
        reader.NextType == MessagePackType.Boolean ? reader.ReadBoolean() : throw WrongNext(reader);

    internal override bool Read(ref Utf8JsonReader reader) =>
        reader.TokenType is JsonTokenType.True or JsonTokenType.False ? reader.GetBoolean() : throw WrongCurrent(ref reader);

    internal override void Write(ref MessagePackWriter writer, bool value) => writer.WriteBoolean(value);

    internal override void Write(Utf8JsonWriter writer, bool value) => writer.WriteBooleanValue(value);
}

internal sealed class IntegerFieldType(long min, long max) : FieldType<long>(
    (min, max) switch
    {
        (long.MinValue, long.MaxValue) => "a whole number",
        (_, long.MaxValue) => $"a whole number from {min}",
        _ => $"a whole number from {min} to {max}",
    })
{
    internal override long Read(ref MessagePackReader reader)
    {
        // The copy is taken only when something is wrong: TryRead leaves the reader where it was.
        if (!reader.TryReadInt64(out long value))
        {
            throw WrongNext(reader);
        }

        return value >= min && value <= max ? value : throw Wrong(value.ToString());
    }

    internal override long Read(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.Number)
        {
            throw WrongCurrent(ref reader);
        }

        // 5.0 and 5e0 are 5, as they are in MessagePack.
        if (!reader.TryGetInt64(out long value))
        {
            if (!reader.TryGetDouble(out double real) || Math.Abs(real) > FieldTypes.MaxSafeInteger || Math.Truncate(real) != real)
            {
                throw WrongCurrent(ref reader);
            }

            value = (long)real;
        }

        return value >= min && value <= max ? value : throw Wrong(value.ToString());
    }

    internal override void Write(ref MessagePackWriter writer, long value) => writer.WriteInt64(value);

    internal override void Write(Utf8JsonWriter writer, long value) => writer.WriteNumberValue(value);
}

internal sealed class DoubleFieldType() : FieldType<double>("a finite number")
{
    internal override double Read(ref MessagePackReader reader)
    {
        if (reader.NextType is not (MessagePackType.Integer or MessagePackType.Float))
        {
            throw WrongNext(reader);
        }

        double value = reader.ReadDouble();
        return double.IsFinite(value) ? value : throw Wrong(value.ToString()); // JSON has no word for the others
    }

    internal override double Read(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out double value) && double.IsFinite(value) ? value : throw WrongCurrent(ref reader);

    internal override void Write(ref MessagePackWriter writer, double value) => writer.WriteDouble(value);

    internal override void Write(Utf8JsonWriter writer, double value) => writer.WriteNumberValue(value);
}

internal sealed class BytesFieldType(int minBytes, int maxBytes) : FieldType<byte[]>(
    maxBytes == int.MaxValue ? "bytes (in JSON: base64)" : $"{minBytes} to {maxBytes} bytes (in JSON: base64)")
{
    internal override byte[] Read(ref MessagePackReader reader)
    {
        if (reader.NextType != MessagePackType.Binary)
        {
            throw WrongNext(reader);
        }

        ReadOnlySequence<byte> bytes = reader.ReadBinary();
        return bytes.Length >= minBytes && bytes.Length <= maxBytes ? bytes.ToArray() : throw Wrong($"{bytes.Length} bytes");
    }

    internal override byte[] Read(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.String || !reader.TryGetBytesFromBase64(out byte[]? bytes))
        {
            throw WrongCurrent(ref reader);
        }

        return bytes.Length >= minBytes && bytes.Length <= maxBytes ? bytes : throw Wrong($"{bytes.Length} bytes");
    }

    internal override void Write(ref MessagePackWriter writer, byte[] value) => writer.WriteBinary(value);

    internal override void Write(Utf8JsonWriter writer, byte[] value) => writer.WriteBase64StringValue(value);
}

internal sealed class RawFieldType() : FieldType<ReadOnlyMemory<byte>>("any value")
{
    internal override ReadOnlyMemory<byte> Read(ref MessagePackReader reader) => reader.ReadRaw().ToArray();

    internal override ReadOnlyMemory<byte> Read(ref Utf8JsonReader reader)
    {
        ArrayBufferWriter<byte> output = new();
        MessagePackWriter writer = new(output);
        JsonToMessagePack.Copy(ref reader, ref writer);
        writer.Flush();
        return output.WrittenMemory;
    }

    // No bytes are no value, and would break the record around them: a null byte[] turned into memory is how they come about.
    internal override void Write(ref MessagePackWriter writer, ReadOnlyMemory<byte> value)
    {
        if (value.IsEmpty)
        {
            writer.WriteNil();
        }
        else
        {
            writer.WriteRaw(value.Span);
        }
    }

    internal override void Write(Utf8JsonWriter writer, ReadOnlyMemory<byte> value)
    {
        if (value.IsEmpty)
        {
            writer.WriteNullValue();
            return;
        }

        MessagePackReader reader = new(value);
        MessagePackToJson.Copy(ref reader, writer);
    }
}
