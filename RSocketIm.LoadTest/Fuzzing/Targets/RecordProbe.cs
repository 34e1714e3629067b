using System.Buffers;
using RSocketIm.Protocol.Payloads.MessagePack;
using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.LoadTest.Fuzzing.Targets;

/// <summary>A record's list of fields without its type.</summary>
internal abstract class RecordProbe(string name)
{
    public string Name => name;

    public abstract IReadOnlyList<string> FieldNames { get; }

    public static RecordProbe Of<T>(RecordFormat<T> format)
        where T : class => new Typed<T>(typeof(T).Name, format);

    public static RecordProbe Of(string name, object format) =>
        (RecordProbe)Activator.CreateInstance(typeof(Typed<>).MakeGenericType(format.GetType().GenericTypeArguments), name, format)!;

    /// <summary>Reads a record.</summary>
    /// <returns>The digest of what it holds.</returns>
    public abstract ulong Read(DataFormat format, in ReadOnlySequence<byte> data, out int bytes);

    /// <summary>Written and read again, in the same format and in the other one, a record is the same.</summary>
    /// <exception cref="FuzzException">It is not.</exception>
    public abstract void Check(DataFormat format, byte[] data);

    private sealed class Typed<T>(string name, RecordFormat<T> format) : RecordProbe(name)
        where T : class
    {
        private readonly ArrayBufferWriter<byte> written = new();

        public override IReadOnlyList<string> FieldNames { get; } = [.. format.FieldNames.DefaultIfEmpty("none")];

        public override ulong Read(DataFormat dataFormat, in ReadOnlySequence<byte> data, out int bytes)
        {
            T record = format.Read(dataFormat, data);
            written.ResetWrittenCount();
            format.Write(DataFormat.MessagePack, written, record);
            FuzzDigest digest = default;
            digest.Add(written.WrittenSpan);
            bytes = Math.Min(63, written.WrittenCount / 8);
            return digest.Value;
        }

        public override void Check(DataFormat dataFormat, byte[] data)
        {
            T record = format.Read(dataFormat, data);
            byte[] first = format.ToArray(dataFormat, record);
            byte[] second = format.ToArray(dataFormat, format.Read(dataFormat, first));
            if (!first.AsSpan().SequenceEqual(second))
            {
                throw new FuzzException($"{Name}: written {Convert.ToHexString(first)}, read and written again {Convert.ToHexString(second)}.");
            }

            DataFormat other = dataFormat == DataFormat.Json ? DataFormat.MessagePack : DataFormat.Json;
            byte[] translated;
            try
            {
                translated = format.ToArray(other, record);
            }
            catch (MessagePackFormatException) when (HasRaw)
            {
                return; // a value kept as it came, of which JSON has no form
            }

            T back = format.Read(other, translated);
            if (!HasRaw && !format.ToArray(dataFormat, back).AsSpan().SequenceEqual(first))
            {
                throw new FuzzException($"{Name}: {Convert.ToHexString(first)} is another record after {other}.");
            }
        }

        // Raw values may hold what the other format has no word for: timestamps, bytes, numbers beyond 64 bits.
        private static bool HasRaw { get; } = typeof(T).GetProperties().Any(static property =>
            property.PropertyType == typeof(ReadOnlyMemory<byte>) || property.PropertyType == typeof(ReadOnlyMemory<byte>?)
            || property.PropertyType == typeof(IReadOnlyList<ReadOnlyMemory<byte>>));
    }
}
