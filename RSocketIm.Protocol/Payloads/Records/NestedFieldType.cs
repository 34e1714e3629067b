using System.Text.Json;
using RSocketIm.Protocol.Payloads.MessagePack;

namespace RSocketIm.Protocol.Payloads.Records;

internal sealed class NestedFieldType<TRecord>(RecordFormat<TRecord> format) : FieldType<TRecord>("a map")
    where TRecord : class
{
    internal override TRecord Read(ref MessagePackReader reader) => format.Read(ref reader);

    internal override TRecord Read(ref Utf8JsonReader reader) => format.Read(ref reader);

    internal override void Write(ref MessagePackWriter writer, TRecord value) => format.Write(ref writer, value);

    internal override void Write(Utf8JsonWriter writer, TRecord value) => format.Write(writer, value);
}
