using System.Buffers;
using System.Reflection;
using System.Text.Json;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Server.Contracts;
using RSocketIm.Tests.Protocol.Payloads;

namespace RSocketIm.Tests.Server.Contracts;

/// <summary>Vectors/contracts.json: every record in both formats, byte for byte.</summary>
public sealed class ContractVectorTests
{
    private interface IFormatProbe
    {
        /// <summary>Reads in one format, writes in another.</summary>
        byte[] Convert(DataFormat from, byte[] data, DataFormat to);
    }

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, Vectors.Length)];

    private static readonly JsonElement[] Vectors = [.. VectorFile.Load("contracts.json").GetProperty("vectors").EnumerateArray()];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Record_InEitherFormat_HasTheGoldenBytes(int index)
    {
        JsonElement vector = Vectors[index];
        IFormatProbe probe = ProbeOf(vector.GetProperty("record").GetString()!);
        JsonElement json = vector.GetProperty("json");
        byte[] jsonBytes = JsonSerializer.SerializeToUtf8Bytes(json);
        byte[] messagePack = vector.GetProperty("msgpack").Hex();

        Assert.Equal(messagePack, probe.Convert(DataFormat.MessagePack, messagePack, DataFormat.MessagePack));
        Assert.Equal(messagePack, probe.Convert(DataFormat.Json, jsonBytes, DataFormat.MessagePack));
        AssertJson(json, probe.Convert(DataFormat.MessagePack, messagePack, DataFormat.Json));
        AssertJson(json, probe.Convert(DataFormat.Json, jsonBytes, DataFormat.Json));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Transcoder_OfAnEncodedRecord_GivesItsJson(int index)
    {
        foreach (ReadOnlySequence<byte> bytes in Split.EveryWay(Vectors[index].GetProperty("msgpack").Hex()).Take(40))
        {
            ArrayBufferWriter<byte> output = new();
            MessagePackToJson.Convert(bytes, output);
            AssertJson(Vectors[index].GetProperty("json"), output.WrittenSpan.ToArray());
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Record_WithoutARequiredKey_IsRefusedByItsName(int index)
    {
        JsonElement vector = Vectors[index];
        IFormatProbe probe = ProbeOf(vector.GetProperty("record").GetString()!);
        foreach (JsonProperty removed in vector.GetProperty("json").EnumerateObject())
        {
            Dictionary<string, JsonElement> rest = vector.GetProperty("json").EnumerateObject().Where(p => p.Name != removed.Name).ToDictionary(p => p.Name, p => p.Value);
            Exception? error = Record.Exception(() => probe.Convert(DataFormat.Json, JsonSerializer.SerializeToUtf8Bytes(rest), DataFormat.MessagePack));
            if (error is not null) // an optional key may be missing
            {
                Assert.Equal(removed.Name, Assert.IsType<RecordFormatException>(error).Field);
                Assert.StartsWith($"{removed.Name} is missing", error.Message, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Record_CutShort_IsRefused(int index)
    {
        IFormatProbe probe = ProbeOf(Vectors[index].GetProperty("record").GetString()!);
        byte[] messagePack = Vectors[index].GetProperty("msgpack").Hex();
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(Vectors[index].GetProperty("json"));
        for (int length = 0; length < messagePack.Length; length++)
        {
            Assert.Throws<RecordFormatException>(() => probe.Convert(DataFormat.MessagePack, messagePack[..length], DataFormat.Json));
        }

        for (int length = 0; length < json.Length; length++)
        {
            Assert.Throws<RecordFormatException>(() => probe.Convert(DataFormat.Json, json[..length], DataFormat.Json));
        }
    }

    [Fact]
    public void EveryRecordOfTheContract_HasAVector()
    {
        string[] records = [.. typeof(RoomInfo).Assembly.GetTypes()
            .Where(static type => type.Namespace == typeof(RoomInfo).Namespace && FormatOf(type) is not null)
            .Select(static type => type.Name)];
        Assert.NotEmpty(records);
        Assert.Empty(records.Except(Vectors.Select(static vector => vector.GetProperty("record").GetString()!)));
    }

    [Fact]
    public void HistoryPage_GivesItsEventsAsRecords()
    {
        JsonElement vector = Vectors.First(static v => v.GetProperty("record").GetString() == nameof(HistoryPage));
        HistoryPage page = HistoryPage.Format.Read(DataFormat.MessagePack, vector.GetProperty("msgpack").Hex());
        RoomEvent[] events = [.. page.ReadEvents()];
        Assert.Equal(["message", "message", "message"], events.Select(static e => e.Type));
        Assert.Equal(["ada", "bob"], events[1].Reactions!["👍"]);
        Assert.True(events[2].Deleted);
        Assert.Null(events[2].Text);
    }

    private static void AssertJson(JsonElement expected, byte[] actual)
    {
        using JsonDocument document = JsonDocument.Parse(actual);
        Assert.True(JsonElement.DeepEquals(expected, document.RootElement), document.RootElement.GetRawText());
    }

    private static IFormatProbe ProbeOf(string record)
    {
        Type type = typeof(RoomInfo).Assembly.GetType($"{typeof(RoomInfo).Namespace}.{record}", throwOnError: true)!;
        return (IFormatProbe)Activator.CreateInstance(typeof(FormatProbe<>).MakeGenericType(type), FormatOf(type)!.GetValue(null))!;
    }

    private static PropertyInfo? FormatOf(Type type) => type.GetProperty("Format", BindingFlags.Public | BindingFlags.Static);

    private sealed class FormatProbe<T>(RecordFormat<T> format) : IFormatProbe
        where T : class
    {
        public byte[] Convert(DataFormat from, byte[] data, DataFormat to) => format.ToArray(to, format.Read(from, data));
    }
}
