using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using RSocketIm.Protocol.Payloads.MessagePack;
using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Tests.Protocol.Payloads.Records;

public sealed class RecordFormatTests
{
    private const string Begin = "{\"text\":\"a\",\"number\":1";

    [Fact]
    public void Record_OfAnyValues_IsTheSameInBothFormats() => Prop.ForAll<int>(static seed =>
    {
        Sample record = Random(new Random(seed));
        byte[] messagePack = Sample.Format.ToArray(DataFormat.MessagePack, record);
        byte[] json = Sample.Format.ToArray(DataFormat.Json, Sample.Format.Read(DataFormat.MessagePack, messagePack));
        byte[] again = Sample.Format.ToArray(DataFormat.MessagePack, Sample.Format.Read(DataFormat.Json, json));
        Assert.Equal(messagePack, again);
        return true;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Record_InEveryShape_IsRead()
    {
        Sample record = new() { Text = "Grüße 🍺", Number = -5, Map = new Dictionary<string, string> { ["schlüssel"] = "wert" }, Nested = new() { Items = ["é", ""] } };
        foreach (DataFormat format in Enum.GetValues<DataFormat>())
        {
            byte[] bytes = Sample.Format.ToArray(format, record);
            foreach (ReadOnlySequence<byte> shape in Split.EveryWay(bytes))
            {
                Assert.Equal(bytes, Sample.Format.ToArray(format, Sample.Format.Read(format, shape)));
            }
        }
    }

    [Theory]
    [InlineData("""{"number":1}""", "text", "text is missing, but must be a text.")]
    [InlineData("""{"text":5,"number":1}""", "text", "text is 5, but must be a text.")]
    [InlineData("""{"text":"a","number":"a long text that goes on and on and on, longer than an error should be"}""", "number", "number is \"a long text that goes on and on and on,…\", but must be a whole number.")]
    [InlineData(Begin + ""","limit":501}""", "limit", "limit is 501, but must be a whole number from 1 to 500.")]
    [InlineData(Begin + ""","limit":true}""", "limit", "limit is true, but must be a whole number from 1 to 500.")]
    [InlineData(Begin + ""","small":"äöü"}""", "small", "small is \"äöü\" (6 bytes), but must be a text of 1 to 4 bytes.")]
    [InlineData(Begin + ""","small":""}""", "small", "small is \"\" (0 bytes), but must be a text of 1 to 4 bytes.")]
    [InlineData(Begin + ""","word":"blue"}""", "word", "word is \"blue\", but must be one of red, green.")]
    [InlineData(Begin + ""","flag":1}""", "flag", "flag is 1, but must be true or false.")]
    [InlineData(Begin + ""","real":"x"}""", "real", "real is \"x\", but must be a finite number.")]
    [InlineData(Begin + ""","list":[1,2,"x"]}""", "list[2]", "list[2] is \"x\", but must be a whole number.")]
    [InlineData(Begin + ""","map":{"k":1}}""", "map[\"k\"]", "map[\"k\"] is 1, but must be a text.")]
    [InlineData(Begin + ""","inner":{"items":["a",2]}}""", "inner.items[1]", "inner.items[1] is 2, but must be a text.")]
    [InlineData(Begin + ""","inner":{}}""", "inner.items", "inner.items is missing, but must be a list.")]
    [InlineData("""5""", "", "The record is 5, but must be a map.")]
    public void WrongValue_InEitherFormat_IsNamedWithWhatIsAllowed(string json, string field, string sentence)
    {
        RecordFormatException error = Assert.Throws<RecordFormatException>(() => Sample.Format.Read(DataFormat.Json, Encoding.UTF8.GetBytes(json)));
        Assert.Equal(field, error.Field);
        Assert.Equal(sentence, error.Message);

        error = Assert.Throws<RecordFormatException>(() => Sample.Format.Read(DataFormat.MessagePack, ToMessagePack(json)));
        Assert.Equal(field, error.Field);
        Assert.Equal(sentence, error.Message);
    }

    [Fact]
    public void UnknownKeys_AreIgnored_EvenWhenTheyAreNoText()
    {
        Assert.Equal("a", Sample.Format.Read(DataFormat.Json, Encoding.UTF8.GetBytes("""{"x":{"text":[1]},"text":"a","number":1,"y":[{}]}""")).Text);
        byte[] withOddKeys = [0x84, 0x01, 0x92, 0xC0, 0xC0, 0xC0, 0xC0, 0xA4, .. "text"u8, 0xA1, (byte)'a', 0xA6, .. "number"u8, 1];
        Assert.Equal("a", Sample.Format.Read(DataFormat.MessagePack, withOddKeys).Text);
    }

    [Fact]
    public void OptionalKey_ThatIsNull_IsAsGoodAsMissing()
    {
        string json = Begin + ""","limit":null,"small":null,"flag":null,"inner":null,"raw":null}""";
        Sample expected = new() { Text = "a", Number = 1 };
        Assert.Equal(expected, Sample.Format.Read(DataFormat.Json, Encoding.UTF8.GetBytes(json)));
        Assert.Equal(expected, Sample.Format.Read(DataFormat.MessagePack, ToMessagePack(json)));
    }

    [Fact]
    public void Key_GivenTwice_IsRefused()
    {
        string json = Begin + ""","text":"b"}""";
        RecordFormatException error = Assert.Throws<RecordFormatException>(() => Sample.Format.Read(DataFormat.Json, Encoding.UTF8.GetBytes(json)));
        Assert.Equal("text is given twice.", error.Message);
        error = Assert.Throws<RecordFormatException>(() => Sample.Format.Read(DataFormat.MessagePack, ToMessagePack(json)));
        Assert.Equal("text is given twice.", error.Message);
        Assert.Throws<RecordFormatException>(() => Sample.Format.Read(DataFormat.Json, Encoding.UTF8.GetBytes(Begin + ""","map":{"k":"1","k":"2"}}""")));
    }

    [Fact]
    public void BytesAfterTheRecord_AreRefused()
    {
        byte[] json = Encoding.UTF8.GetBytes(Begin + "}");
        Assert.Equal("a", Sample.Format.Read(DataFormat.Json, (byte[])[.. json, (byte)' ', (byte)'\n']).Text);
        Assert.Throws<RecordFormatException>(() => Sample.Format.Read(DataFormat.Json, (byte[])[.. json, (byte)'x']));
        Assert.Throws<RecordFormatException>(() => Sample.Format.Read(DataFormat.Json, (byte[])[.. json, .. json]));
        Assert.Throws<RecordFormatException>(() => Sample.Format.Read(DataFormat.MessagePack, (byte[])[.. ToMessagePack(Begin + "}"), 0xC0]));
    }

    [Theory]
    [InlineData("""{"text":"a","number":1,}""")]
    [InlineData("""{"text":"a","number":1}//""")]
    [InlineData("""{"text":"\ud800","number":1}""")]
    [InlineData("""{"text":"a","number":1,"map":{"\udc00":"x"}}""")]
    [InlineData("""{"te\ud800xt":"a","number":1}""")]
    [InlineData("""{"text":"a","number":1e400}""")]
    [InlineData("""{"text":"a","number":1,"real":1e400}""")]
    [InlineData("""{"text":"a","number":9223372036854775808}""")]
    [InlineData("""{"text":"a","number":1,"bytes":"not base64"}""")]
    [InlineData("""{'text':"a","number":1}""")]
    [InlineData("""{"text":"a","number":1,"x":[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]}""")]
    [InlineData("")]
    [InlineData("nul")]
    public void Json_ThatIsNotStrict_IsRefused(string json) =>
        Assert.Throws<RecordFormatException>(() => Sample.Format.Read(DataFormat.Json, Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void Json_WithBrokenUtf8_IsRefused()
    {
        byte[] json = Encoding.UTF8.GetBytes("""{"text":"?","number":1}""");
        json[Array.IndexOf(json, (byte)'?')] = 0xFF;
        Assert.Equal("text", Assert.Throws<RecordFormatException>(() => Sample.Format.Read(DataFormat.Json, json)).Field);
    }

    [Theory]
    [InlineData("5.0", 5)]
    [InlineData("5e2", 500)]
    [InlineData("-0", 0)]
    [InlineData("9223372036854775807", long.MaxValue)]
    public void WholeNumber_InAnySpelling_IsOne(string number, long expected) =>
        Assert.Equal(expected, Sample.Format.Read(DataFormat.Json, Encoding.UTF8.GetBytes($$"""{"text":"a","number":{{number}}}""")).Number);

    [Fact]
    public void Key_WrittenWithEscapes_IsTheSameKey() =>
        Assert.Equal("a", Sample.Format.Read(DataFormat.Json, """{"te\u0078t":"a","number":1}"""u8.ToArray()).Text);

    [Fact]
    public void Garbage_RaisesTheOneException_OrNone()
    {
        byte[] messagePack = Sample.Format.ToArray(DataFormat.MessagePack, Random(new Random(1)));
        byte[] json = Sample.Format.ToArray(DataFormat.Json, Random(new Random(2)));
        Prop.ForAll<byte[], int>((garbage, seed) =>
        {
            Random random = new(seed);
            return Survives(DataFormat.MessagePack, garbage) && Survives(DataFormat.Json, garbage)
                && Survives(DataFormat.MessagePack, Damage(messagePack, random)) && Survives(DataFormat.Json, Damage(json, random));
        }).QuickCheckThrowOnFailure();

        static bool Survives(DataFormat format, byte[] data) => Record.Exception(() => Sample.Format.Read(format, data)) is null or RecordFormatException;

        static byte[] Damage(byte[] bytes, Random random)
        {
            byte[] damaged = [.. bytes];
            for (int i = 0; i < 3; i++)
            {
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            }

            return damaged;
        }
    }

    [Fact]
    public void List_ThatDeclaresFarMoreThanItHolds_AllocatesNextToNothing()
    {
        // 900 declared, then a value that is wrong: the list must not be made for 900 first.
        byte[] data = [0x81, 0xA4, .. "list"u8, 0xDC, 0x03, 0x84, .. Enumerable.Repeat((byte)0xC0, 900)];
        Assert.Throws<RecordFormatException>(() => Sample.Format.Read(DataFormat.MessagePack, data));
        byte[] tooMany = [0x81, 0xA4, .. "list"u8, 0xDC, 0x03, 0xE9, .. new byte[1001]];
        Assert.Equal("list is a list of 1001, but must be a list of at most 1000.", Assert.Throws<RecordFormatException>(() => Sample.Format.Read(DataFormat.MessagePack, tooMany)).Message);
    }

    [Fact]
    public void Builder_OfTheSameKeyTwice_IsRefused() =>
        Assert.Throws<InvalidOperationException>(() => new RecordFormatBuilder<Sample>(static () => new Sample())
            .Required("a", FieldTypes.Text(), static r => r.Text, static (r, v) => r.Text = v)
            .Required("a", FieldTypes.Text(), static r => r.Text, static (r, v) => r.Text = v));

    [Fact]
    public void Write_OfManyRecords_ReusesItsJsonWriter()
    {
        ArrayBufferWriter<byte> output = new(1 << 16);
        Sample record = new() { Text = "a", Number = 1 };
        Sample.Format.Write(DataFormat.Json, output, record);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            Sample.Format.Write(DataFormat.Json, output, record);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1024);
    }

    [Fact]
    public void RawValue_OfNoBytes_IsWrittenAsNil()
    {
        Sample record = new() { Text = "a", Number = 1, Raw = ReadOnlyMemory<byte>.Empty };
        foreach (DataFormat format in Enum.GetValues<DataFormat>())
        {
            Assert.Null(Sample.Format.Read(format, Sample.Format.ToArray(format, record)).Raw);
        }
    }

    private static byte[] ToMessagePack(string json)
    {
        System.Text.Json.Utf8JsonReader reader = new(Encoding.UTF8.GetBytes(json));
        reader.Read();
        ArrayBufferWriter<byte> output = new();
        MessagePackWriter writer = new(output);
        JsonToMessagePack.Copy(ref reader, ref writer);
        writer.Flush();
        return output.WrittenSpan.ToArray();
    }

    private static Sample Random(Random random)
    {
        return new Sample
        {
            Text = Text(),
            Number = random.NextInt64(long.MinValue, long.MaxValue),
            Limit = random.Next(1, 501),
            Small = Maybe(() => "é€"[random.Next(2)].ToString()),
            Word = Maybe(() => random.Next(2) == 0 ? "red" : "green"),
            Flag = random.Next(3) switch { 0 => null, 1 => true, _ => false },
            Real = random.Next(3) switch { 0 => null, 1 => random.NextDouble() * Math.Pow(10, random.Next(-300, 300)), _ => random.Next(-5, 5) },
            Bytes = Maybe(() => Bytes(random.Next(300))),
            List = Maybe(() => Enumerable.Range(0, random.Next(40)).Select(_ => random.NextInt64(long.MinValue, long.MaxValue)).ToArray()),
            Map = Maybe(() => Enumerable.Range(0, random.Next(40)).ToDictionary(static i => $"key {i}", _ => Text())),
            Nested = Maybe(() => new Sample.Inner { Items = [.. Enumerable.Range(0, random.Next(40)).Select(_ => Text())] }),
            Raw = random.Next(2) == 0 ? default(ReadOnlyMemory<byte>?) : ToMessagePack($$$"""{"a":[1,-1,1.5,"{{{random.Next()}}}",true,null,{"b":{}}],"c":18446744073709551615}"""),
        };

        TValue? Maybe<TValue>(Func<TValue> value)
            where TValue : class => random.Next(2) == 0 ? null : value();

        byte[] Bytes(int count)
        {
            byte[] bytes = new byte[count];
            random.NextBytes(bytes);
            return bytes;
        }

        string Text()
        {
            StringBuilder text = new();
            for (int left = random.Next(60); left > 0; left--)
            {
                int scalar = random.Next(4) switch { 0 => random.Next(0x20), 1 => random.Next(0x80), 2 => random.Next(0xD800), _ => random.Next(0xE000, 0x110000) };
                text.Append(char.ConvertFromUtf32(scalar));
            }

            return text.ToString();
        }
    }

    // Over several segments Utf8JsonReader reads beyond its array when a literal is cut off at the end of one.
    [Theory]
    [InlineData("n")]
    [InlineData("{\"\":t")]
    [InlineData("{\"text\":fals")]
    public void Json_CutOffWithinALiteral_IsRefusedHoweverItIsCut(string json)
    {
        foreach (ReadOnlySequence<byte> bytes in Split.EveryWay(System.Text.Encoding.UTF8.GetBytes(json)))
        {
            Assert.Throws<RecordFormatException>(() => Sample.Format.Read(DataFormat.Json, bytes));
        }
    }
}
