using System.Buffers;
using System.Text;
using System.Text.Json;
using RSocketIm.Protocol.Payloads.MessagePack;

namespace RSocketIm.Protocol.Payloads.Records;

/// <summary>Says in a few words what was found where something else was expected; only for error messages.</summary>
internal static class FoundText
{
    // 40: enough to recognise what was sent, too little to turn an error into a channel for data.
    private const int MaxCharacters = 40;

    // A character has at most four bytes; more of the text is not even decoded.
    private const int MaxBytes = 4 * (MaxCharacters + 1);

    /// <summary>Describes the next value; the reader is a copy, so nothing is read.</summary>
    public static string Next(MessagePackReader copy) => copy.NextType switch
    {
        MessagePackType.Nil => "null",
        MessagePackType.Boolean => copy.ReadBoolean() ? "true" : "false",
        MessagePackType.Integer => copy.TryReadInt64(out long whole) ? whole.ToString() : copy.ReadUInt64().ToString(),
        MessagePackType.Float => copy.ReadDouble().ToString("R"),
        MessagePackType.String => Quote(copy.ReadStringBytes()),
        MessagePackType.Binary => $"{copy.ReadBinary().Length} bytes",
        MessagePackType.Array => $"a list of {copy.ReadArrayHeader()}",
        MessagePackType.Map => $"a map of {copy.ReadMapHeader()}",
        _ => $"an extension of type {copy.ReadExtension().Type}",
    };

    /// <summary>Describes the value the reader stands on.</summary>
    public static string Current(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.StartArray => "a list",
        JsonTokenType.StartObject => "a map",
        JsonTokenType.String => Quote(Bytes(ref reader)),
        _ => Shorten(Bytes(ref reader)),
    };

    public static string Quote(in ReadOnlySequence<byte> utf8) => $"\"{Shorten(utf8)}\"";

    public static string Quote(string text) => $"\"{Shorten(text)}\"";

    private static ReadOnlySequence<byte> Bytes(ref Utf8JsonReader reader) =>
        reader.HasValueSequence ? reader.ValueSequence : new ReadOnlySequence<byte>(reader.ValueSpan.ToArray());

    private static string Shorten(in ReadOnlySequence<byte> utf8) =>
        Shorten(Encoding.UTF8.GetString(utf8.Slice(0, Math.Min(utf8.Length, MaxBytes)).ToArray()));

    private static string Shorten(string text)
    {
        if (text.Length <= MaxCharacters)
        {
            return text;
        }

        int length = MaxCharacters - 1;
        return string.Concat(text.AsSpan(0, char.IsHighSurrogate(text[length - 1]) ? length - 1 : length), "…");
    }
}
