using System.Buffers;
using System.Text;
using System.Text.Json;
using RSocketIm.Protocol.Payloads.MessagePack;

namespace RSocketIm.Protocol.Payloads.Records;

internal sealed class TextFieldType(int minBytes, int maxBytes, Func<string, bool>? isValid, string allowed) : FieldType<string>(allowed)
{
    internal override string Read(ref MessagePackReader reader)
    {
        if (reader.NextType != MessagePackType.String)
        {
            throw WrongNext(reader);
        }

        ReadOnlySequence<byte> bytes = reader.ReadStringBytes();
        if (bytes.Length < minBytes || bytes.Length > maxBytes)
        {
            throw WrongLength(FoundText.Quote(bytes), bytes.Length);
        }

        return Check(Utf8Text.TryDecode(bytes, out string? text) ? text : throw new RecordFormatException("", "is not valid UTF-8."));
    }

    internal override string Read(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            throw WrongCurrent(ref reader);
        }

        string text = JsonText.Get(ref reader);
        int length = Encoding.UTF8.GetByteCount(text);
        return length >= minBytes && length <= maxBytes ? Check(text) : throw WrongLength(FoundText.Quote(text), length);
    }

    internal override void Write(ref MessagePackWriter writer, string value) => writer.WriteString(value);

    internal override void Write(Utf8JsonWriter writer, string value) => writer.WriteStringValue(value);

    private RecordFormatException WrongLength(string found, long length) =>
        new("", $"is {found} ({length} bytes), but must be {Allowed}.") { IsTooLong = length > maxBytes };

    private string Check(string text) => isValid is null || isValid(text) ? text : throw Wrong(FoundText.Quote(text));
}
