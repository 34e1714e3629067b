using System.Buffers;
using System.Reflection;
using System.Text;
using RSocketIm.Protocol.Payloads.MessagePack;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Server.Contracts;

namespace RSocketIm.LoadTest.Fuzzing.Targets;

/// <summary>Every record of the wire contract through its list of fields, in MessagePack or in JSON.</summary>
/// <remarks>The first byte of an input says which record it is.</remarks>
internal sealed class RecordTarget : FuzzTarget
{
    private readonly DataFormat format;
    private readonly List<RecordProbe> probes;
    private readonly List<FuzzValue>[] seeds;
    private readonly List<string> keys;

    private RecordTarget(DataFormat format)
    {
        this.format = format;
        probes = [.. Formats().Append(RecordProbe.Of(EveryKind.Format))];
        keys = [.. probes.SelectMany(static probe => probe.FieldNames).Distinct(StringComparer.Ordinal)];
        seeds = [.. probes.Select(SeedsOf)];
    }

    public override string Name => format == DataFormat.Json ? "records-json" : "records";

    // Its texts name the byte at which a segment began.
    public override bool ComparesMessages => format != DataFormat.Json;

    public override IEnumerable<byte[]> Seeds
    {
        get
        {
            FuzzRandom random = new(1);
            ArrayBufferWriter<byte> output = new();
            for (int index = 0; index < probes.Count; index++)
            {
                foreach (FuzzValue seed in seeds[index])
                {
                    output.ResetWrittenCount();
                    Write(random, output, index, seed);
                    yield return output.WrittenSpan.ToArray();
                }
            }
        }
    }

    public static RecordTarget MessagePack() => new(DataFormat.MessagePack);

    public static RecordTarget Json() => new(DataFormat.Json);

    public override void Generate(FuzzRandom random, ArrayBufferWriter<byte> output) => Generate(random, output, record: null);

    /// <summary>Writes a record of a name, or of any when it is null.</summary>
    public void Generate(FuzzRandom random, ArrayBufferWriter<byte> output, string? record)
    {
        int index = record is null ? random.Below(probes.Count) : probes.FindIndex(probe => probe.Name == record);
        FuzzValue value = random.Pick(seeds[index]);
        Write(random, output, index, random.OneIn(6) ? value : value.Mutate(random, random.OneIn(2) ? probes[index].FieldNames : keys, random.Between(3, 20)));
    }

    public override bool IsDocumented(Exception error) => error is RecordFormatException;

    // Keys of a map: an entry, its text, and the room of a table that doubles. A broken field names itself at every level.
    public override long AllocationLimit(int length) => 131_072 + (512L * length);

    public override ulong Read(in ReadOnlySequence<byte> input)
    {
        Shape = 0;
        if (input.IsEmpty)
        {
            return 0;
        }

        int index = input.Slice(0, 1).ToArray()[0] % probes.Count;
        ulong digest = probes[index].Read(format, input.Slice(1), out int present);
        Shape = (ulong)((index * 64) + present);
        return digest;
    }

    public override void Check(byte[] input, ulong digest)
    {
        if (input.Length > 0)
        {
            probes[input[0] % probes.Count].Check(format, input[1..]);
        }
    }

    private static IEnumerable<RecordProbe> Formats() =>
        from type in typeof(RoomInfo).Assembly.GetTypes()
        where !type.ContainsGenericParameters
        from property in type.GetProperties(BindingFlags.Public | BindingFlags.Static)
        where property.PropertyType.IsGenericType && property.PropertyType.GetGenericTypeDefinition() == typeof(RecordFormat<>)
        orderby type.Name, property.Name
        select RecordProbe.Of(type.Name, property.GetValue(null)!);

    // The golden values of the record, or a map of all its fields.
    private static List<FuzzValue> SeedsOf(RecordProbe probe)
    {
        List<FuzzValue> values = [];
        foreach (System.Text.Json.JsonElement vector in Vectors.Load("contracts.json").GetProperty("vectors").EnumerateArray())
        {
            if (vector.GetProperty("record").GetString() == probe.Name)
            {
                MessagePackReader reader = new(Convert.FromHexString(vector.GetProperty("msgpack").GetString()!));
                values.Add(FuzzValue.Read(ref reader));
            }
        }

        if (values.Count == 0)
        {
            FuzzRandom random = new(7);
            values.Add(FuzzValue.Map([.. probe.FieldNames.SelectMany(name => new[] { FuzzValue.Text(name), FuzzValue.Random(random, 2) })]));
        }

        return values;
    }

    private void Write(FuzzRandom random, ArrayBufferWriter<byte> output, int index, FuzzValue value)
    {
        output.Write([(byte)index]);
        if (format == DataFormat.MessagePack)
        {
            value.WriteMessagePack(random, output);
            return;
        }

        StringBuilder json = new();
        value.WriteJson(random, json);
        output.Write(Encoding.UTF8.GetBytes(json.ToString()));
    }
}
