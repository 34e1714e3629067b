using System.Text.Json;
using RSocketIm.Protocol.Payloads.MessagePack;

namespace RSocketIm.Protocol.Payloads.Records;

/// <summary>What a field may hold, and how that is read and written in both formats; made by <see cref="FieldTypes"/>.</summary>
/// <typeparam name="TValue">The type of the value in C#.</typeparam>
/// <remarks>Reading checks everything; writing checks nothing, since what we write we have read or made ourselves.</remarks>
public abstract class FieldType<TValue>
{
    private protected FieldType(string allowed) => Allowed = allowed;

    /// <summary>What is allowed, to be read after "must be": "a whole number from 1 to 500".</summary>
    public string Allowed { get; }

    /// <exception cref="RecordFormatException">The next value is not allowed.</exception>
    /// <exception cref="MessagePackFormatException">It is not MessagePack.</exception>
    internal abstract TValue Read(ref MessagePackReader reader);

    /// <summary>Reads the value the reader stands on, and leaves it on that value's last token.</summary>
    /// <exception cref="RecordFormatException">The value is not allowed.</exception>
    /// <exception cref="JsonException">It is not JSON.</exception>
    internal abstract TValue Read(ref Utf8JsonReader reader);

    internal abstract void Write(ref MessagePackWriter writer, TValue value);

    internal abstract void Write(Utf8JsonWriter writer, TValue value);

    private protected RecordFormatException Wrong(string found) => RecordFormatException.Wrong(found, Allowed);

    private protected RecordFormatException WrongNext(scoped in MessagePackReader reader) => Wrong(FoundText.Next(reader));

    private protected RecordFormatException WrongCurrent(ref Utf8JsonReader reader) => Wrong(FoundText.Current(ref reader));
}
