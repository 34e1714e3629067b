using System.Buffers;
using System.Globalization;
using System.Text;
using RSocketIm.Protocol.Payloads.MessagePack;

namespace RSocketIm.LoadTest.Fuzzing.Targets;

/// <summary>A value as a tree that can be grown, damaged, and written as MessagePack or JSON in any of the ways that mean the same.</summary>
internal sealed class FuzzValue
{
    private static readonly string[] Texts = ["", "a", "lobby", "ada", "☕", "👍", "message", "public", "owner", "\0", "\"", "\\", "e1", "send", "\u2028", "ﬀ"];

    private FuzzValue(MessagePackType type) => Type = type;

    public MessagePackType Type { get; }

    private bool Flag { get; init; }

    private long Whole { get; init; }

    private double Real { get; init; }

    private byte[] Bytes { get; init; } = [];

    /// <summary>Elements of an array; keys and values of a map in turn.</summary>
    private List<FuzzValue> Items { get; init; } = [];

    public static FuzzValue Text(string text) => new(MessagePackType.String) { Bytes = Encoding.UTF8.GetBytes(text) };

    public static FuzzValue Map(List<FuzzValue> pairs) => new(MessagePackType.Map) { Items = pairs };

    /// <summary>Any value.</summary>
    public static FuzzValue Random(FuzzRandom random, int depth = 0)
    {
        switch (random.Below(depth > 3 ? 8 : 11))
        {
            case 0:
                return new FuzzValue(MessagePackType.Nil);
            case 1:
                return new FuzzValue(MessagePackType.Boolean) { Flag = random.OneIn(2) };
            case 2 or 3:
                return new FuzzValue(MessagePackType.Integer) { Whole = random.Boundary() };
            case 4:
                double real = random.Below(4) switch
                {
                    0 => BitConverter.UInt64BitsToDouble(random.Next()),
                    1 => random.Boundary(),
                    2 => random.Pick<double>([0, -0.0, double.NaN, double.PositiveInfinity, double.NegativeInfinity, double.Epsilon, double.MaxValue, 9_007_199_254_740_992]),
                    _ => random.Below(100) / 4.0,
                };
                return new FuzzValue(MessagePackType.Float) { Real = real };
            case 5 or 6:
                return Text(RandomText(random, random.OneIn(50) ? 20_000 : 40));
            case 7:
                byte[] bytes = new byte[random.Length(random.OneIn(50) ? 70_000 : 60)];
                random.Fill(bytes);
                return new FuzzValue(random.OneIn(3) ? MessagePackType.Extension : MessagePackType.Binary) { Bytes = bytes, Whole = random.Between(-3, 3) };
            case 8 when random.OneIn(30):
                return Nested(random.Between(2, 40));
            case 8 or 9:
                return new FuzzValue(MessagePackType.Array) { Items = [.. Enumerable.Range(0, random.Length(12)).Select(_ => Random(random, depth + 1))] };
            default:
                return new FuzzValue(MessagePackType.Map)
                {
                    Items = [.. Enumerable.Range(0, random.Length(8)).SelectMany(_ => new[] { random.OneIn(6) ? Random(random, depth + 1) : Text(RandomText(random, 12)), Random(random, depth + 1) })],
                };
        }
    }

    public static string RandomText(FuzzRandom random, int most)
    {
        if (random.OneIn(2))
        {
            return random.Pick<string>(Texts);
        }

        StringBuilder text = new();
        for (int left = random.Length(most); left > 0; left--)
        {
            int character = random.Below(20) switch
            {
                0 => random.Between(0x80, 0x7FF),
                1 => random.Between(0x1_0000, 0x10_FFFF),
                2 => random.Below(0x20),
                _ => random.Between(0x20, 0x7E),
            };
            text.Append(char.ConvertFromUtf32(character));
        }

        return text.ToString();
    }

    /// <summary>The tree of a value in MessagePack.</summary>
    public static FuzzValue Read(ref MessagePackReader reader)
    {
        MessagePackType type = reader.NextType;
        switch (type)
        {
            case MessagePackType.Nil:
                reader.ReadNil();
                return new FuzzValue(type);
            case MessagePackType.Boolean:
                return new FuzzValue(type) { Flag = reader.ReadBoolean() };
            case MessagePackType.Integer:
                return new FuzzValue(type) { Whole = reader.TryReadInt64(out long whole) ? whole : (long)reader.ReadUInt64() };
            case MessagePackType.Float:
                return new FuzzValue(type) { Real = reader.ReadDouble() };
            case MessagePackType.String:
                return new FuzzValue(type) { Bytes = reader.ReadStringBytes().ToArray() };
            case MessagePackType.Binary:
                return new FuzzValue(type) { Bytes = reader.ReadBinary().ToArray() };
            case MessagePackType.Extension:
                MessagePackExtension extension = reader.ReadExtension();
                return new FuzzValue(type) { Whole = extension.Type, Bytes = extension.Data.ToArray() };
            default:
                int count = type == MessagePackType.Array ? reader.ReadArrayHeader() : 2 * reader.ReadMapHeader();
                List<FuzzValue> items = [];
                for (int i = 0; i < count; i++)
                {
                    items.Add(Read(ref reader));
                }

                return new FuzzValue(type) { Items = items };
        }
    }

    /// <summary>A copy in which some parts are others: replaced, taken away, doubled, or given a key of <paramref name="keys"/>.</summary>
    public FuzzValue Mutate(FuzzRandom random, IReadOnlyList<string> keys, int oneIn)
    {
        if (random.OneIn(oneIn))
        {
            return Random(random);
        }

        if (Items.Count == 0 && Type != MessagePackType.Map)
        {
            return this;
        }

        bool isMap = Type == MessagePackType.Map;
        int step = isMap ? 2 : 1;
        List<FuzzValue> items = [];
        for (int i = 0; i + step <= Items.Count; i += step)
        {
            int fate = random.Below(3 * oneIn);
            if (fate == 0)
            {
                continue;
            }

            for (int times = fate == 1 ? 2 : 1; times > 0; times--)
            {
                if (isMap)
                {
                    items.Add(fate == 2 ? Text(random.Pick(keys)) : Items[i]);
                }

                items.Add(Items[i + step - 1].Mutate(random, keys, oneIn));
            }
        }

        if (isMap && random.OneIn(2 * oneIn))
        {
            items.Insert(0, Random(random, 2));
            items.Insert(0, Text(random.Pick(keys)));
        }

        return new FuzzValue(Type) { Items = items };
    }

    /// <summary>Writes MessagePack, now and then wider than needed.</summary>
    public void WriteMessagePack(FuzzRandom random, ArrayBufferWriter<byte> output)
    {
        switch (Type)
        {
            case MessagePackType.Nil:
                FrameBytes.WriteByte(output, 0xC0);
                break;
            case MessagePackType.Boolean:
                FrameBytes.WriteByte(output, Flag ? (byte)0xC3 : (byte)0xC2);
                break;
            case MessagePackType.Integer:
                WriteWhole(random, output);
                break;
            case MessagePackType.Float:
                FrameBytes.WriteByte(output, 0xCB);
                FrameBytes.WriteInt64(output, BitConverter.DoubleToInt64Bits(Real));
                break;
            case MessagePackType.String:
                WriteHead(random, output, Bytes.Length, Bytes.Length < 32 ? 0xA0 : -1, 0xD9);
                output.Write(Bytes);
                break;
            case MessagePackType.Binary:
                WriteHead(random, output, Bytes.Length, -1, 0xC4);
                output.Write(Bytes);
                break;
            case MessagePackType.Extension:
                WriteHead(random, output, Bytes.Length, -1, 0xC7);
                FrameBytes.WriteByte(output, (byte)(sbyte)Whole);
                output.Write(Bytes);
                break;
            default:
                int count = Type == MessagePackType.Array ? Items.Count : Items.Count / 2;
                int fix = Type == MessagePackType.Array ? 0x90 : 0x80;
                if (count < 16 && !random.OneIn(10))
                {
                    FrameBytes.WriteByte(output, (byte)(fix | count));
                }
                else
                {
                    FrameBytes.WriteByte(output, (byte)(Type == MessagePackType.Array ? 0xDC : 0xDE));
                    FrameBytes.WriteInt16(output, count);
                }

                Items.ForEach(item => item.WriteMessagePack(random, output));
                break;
        }
    }

    /// <summary>Writes JSON; what JSON has no word for becomes a text or null.</summary>
    public void WriteJson(FuzzRandom random, StringBuilder output)
    {
        switch (Type)
        {
            case MessagePackType.Nil:
                output.Append("null");
                break;
            case MessagePackType.Boolean:
                output.Append(Flag ? "true" : "false");
                break;
            case MessagePackType.Integer:
                output.Append(Whole.ToString(CultureInfo.InvariantCulture));
                output.Append(random.Below(16) switch
                {
                    0 => ".0",
                    1 => "e0",
                    2 => "E1",
                    _ => "",
                });
                break;
            case MessagePackType.Float:
                output.Append(double.IsFinite(Real) ? Real.ToString("R", CultureInfo.InvariantCulture) : random.OneIn(2) ? "1e999" : "null");
                break;
            case MessagePackType.String:
                WriteJsonText(random, output, Encoding.UTF8.GetString(Bytes));
                break;
            case MessagePackType.Binary or MessagePackType.Extension:
                WriteJsonText(random, output, Convert.ToBase64String(Bytes));
                break;
            default:
                WriteJsonItems(random, output);
                break;
        }
    }

    private static FuzzValue Nested(int depth)
    {
        FuzzValue value = new(MessagePackType.Nil);
        for (; depth > 0; depth--)
        {
            value = new FuzzValue(MessagePackType.Array) { Items = [value] };
        }

        return value;
    }

    private void WriteJsonItems(FuzzRandom random, StringBuilder output)
    {
        bool isMap = Type == MessagePackType.Map;
        output.Append(isMap ? '{' : '[');
        for (int i = 0; i < Items.Count; i++)
        {
            if (isMap && i % 2 == 0)
            {
                output.Append(i == 0 ? "" : ",");
                WriteJsonText(random, output, Encoding.UTF8.GetString(Items[i].Bytes));
                output.Append(random.OneIn(20) ? " : " : ":");
                continue;
            }

            output.Append(isMap || i == 0 ? "" : ",");
            Items[i].WriteJson(random, output);
        }

        output.Append(isMap ? '}' : ']');
    }

    private static void WriteJsonText(FuzzRandom random, StringBuilder output, string text)
    {
        output.Append('"');
        bool escapes = random.OneIn(12);
        foreach (char character in text)
        {
            if (character is '"' or '\\' || character < ' ' || (escapes && random.OneIn(3)))
            {
                output.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");
            }
            else
            {
                output.Append(character);
            }
        }

        output.Append(random.OneIn(200) ? random.Pick<string>(["\\ud83d", "\\udc4d\\ud83d", "\\u0000", "\\x", "\\"]) : "");
        output.Append('"');
    }

    private static void WriteHead(FuzzRandom random, ArrayBufferWriter<byte> output, int length, int fix, int first)
    {
        if (fix >= 0 && !random.OneIn(10))
        {
            FrameBytes.WriteByte(output, (byte)(fix | length));
            return;
        }

        int width = Math.Max(length <= byte.MaxValue ? 0 : length <= ushort.MaxValue ? 1 : 2, random.OneIn(10) ? random.Below(3) : 0);
        FrameBytes.WriteByte(output, (byte)(first + width));
        switch (width)
        {
            case 0:
                FrameBytes.WriteByte(output, (byte)length);
                break;
            case 1:
                FrameBytes.WriteInt16(output, length);
                break;
            default:
                FrameBytes.WriteInt32(output, length);
                break;
        }
    }

    private void WriteWhole(FuzzRandom random, ArrayBufferWriter<byte> output)
    {
        if (Whole is >= 0 and < 128 or >= -32 and < 0 && !random.OneIn(8))
        {
            FrameBytes.WriteByte(output, (byte)Whole);
        }
        else if (Math.Abs((double)Whole) < 1L << 53 && random.OneIn(6))
        {
            FrameBytes.WriteByte(output, 0xCB); // as JavaScript writes it
            FrameBytes.WriteInt64(output, BitConverter.DoubleToInt64Bits(Whole));
        }
        else if (Whole is >= int.MinValue and <= int.MaxValue)
        {
            FrameBytes.WriteByte(output, 0xD2);
            FrameBytes.WriteInt32(output, (int)Whole);
        }
        else
        {
            FrameBytes.WriteByte(output, random.OneIn(8) ? (byte)0xCF : (byte)0xD3);
            FrameBytes.WriteInt64(output, Whole);
        }
    }
}
