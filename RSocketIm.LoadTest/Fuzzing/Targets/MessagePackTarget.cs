using System.Buffers;
using System.Text.Json;
using RSocketIm.Protocol.Payloads.MessagePack;
using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.LoadTest.Fuzzing.Targets;

/// <summary>Values of any kind: read one by one, skipped, copied through the writer, and turned into JSON.</summary>
internal sealed class MessagePackTarget : FuzzTarget
{
    private readonly ArrayBufferWriter<byte> written = new();

    public override string Name => "messagepack";

    public override IEnumerable<byte[]> Seeds => Vectors.Hex("msgpack.json", "cases", "shortest").Concat(
        from entry in Vectors.Load("msgpack.json").GetProperty("cases").EnumerateArray()
        from hex in entry.GetProperty("encodings").EnumerateArray()
        select Convert.FromHexString(hex.GetString()!));

    public override void Generate(FuzzRandom random, ArrayBufferWriter<byte> output)
    {
        for (int left = random.Between(1, 2); left > 0; left--)
        {
            FuzzValue.Random(random).WriteMessagePack(random, output);
        }
    }

    public override bool IsDocumented(Exception error) => error is MessagePackFormatException;

    public override ulong Read(in ReadOnlySequence<byte> input)
    {
        Shape = 0;
        FuzzDigest digest = default;
        MessagePackReader reader = new(input);
        while (!reader.End)
        {
            long start = reader.Consumed;
            Copy(ref reader, ref digest);
            MessagePackReader skipping = new(input.Slice(start));
            Require(skipping.ReadRaw().Length == reader.Consumed - start, "Skipped, a value has another length than read.");
        }

        reader.EnsureEnd();
        Require(reader.Depth == 0, "All is read, and a container is open.");
        return digest.Value;
    }

    public override void Check(byte[] input, ulong digest)
    {
        written.ResetWrittenCount();
        MessagePackWriter writer = new(written);
        MessagePackReader reader = new(input);
        while (!reader.End)
        {
            Transcribe(ref reader, ref writer);
        }

        writer.Flush();
        Require(Read(new ReadOnlySequence<byte>(written.WrittenMemory)) == digest, "Read, written and read again, the values are others.");
        CheckJson(input);
    }

    private void CheckJson(byte[] input)
    {
        written.ResetWrittenCount();
        try
        {
            MessagePackToJson.Convert(new ReadOnlySequence<byte>(input), written);
        }
        catch (MessagePackFormatException)
        {
            return; // texts that are no UTF-8, containers as keys, more than one value
        }

        Utf8JsonReader json = new(written.WrittenSpan);
        try
        {
            while (json.Read())
            {
                // Its own reader must take it.
            }
        }
        catch (JsonException error)
        {
            throw new FuzzException($"What became of the value is no JSON: {error.Message}");
        }
    }

    private void Copy(ref MessagePackReader reader, ref FuzzDigest digest)
    {
        MessagePackType type = reader.NextType;
        Shape = ((Shape * 11) + (ulong)type + 1) % 1_000_003;
        digest.Add((ulong)type);
        switch (type)
        {
            case MessagePackType.Nil:
                reader.ReadNil();
                break;
            case MessagePackType.Boolean:
                digest.Add(reader.ReadBoolean());
                break;
            case MessagePackType.Integer:
                if (reader.TryReadInt64(out long whole))
                {
                    digest.Add(whole);
                }
                else
                {
                    digest.Add(reader.ReadUInt64());
                }

                break;
            case MessagePackType.Float:
                digest.Add(BitConverter.DoubleToUInt64Bits(reader.ReadDouble()));
                break;
            case MessagePackType.String:
                digest.Add(reader.ReadStringBytes());
                break;
            case MessagePackType.Binary:
                digest.Add(reader.ReadBinary());
                break;
            case MessagePackType.Extension:
                MessagePackExtension extension = reader.ReadExtension();
                digest.Add((long)extension.Type);
                digest.Add(extension.Data);
                digest.Add(MessagePackReader.TryParseTimestamp(extension, out MessagePackTimestamp time) && time.TryGetUnixMilliseconds(out _));
                break;
            case MessagePackType.Array:
                for (int left = Count(reader.ReadArrayHeader(), ref digest); left > 0; left--)
                {
                    Copy(ref reader, ref digest);
                }

                break;
            default:
                for (int left = Count(reader.ReadMapHeader(), ref digest); left > 0; left--)
                {
                    Copy(ref reader, ref digest);
                    Copy(ref reader, ref digest);
                }

                break;
        }
    }

    private static int Count(int count, ref FuzzDigest digest)
    {
        digest.Add((long)count);
        return count;
    }

    private static void Transcribe(ref MessagePackReader reader, ref MessagePackWriter writer)
    {
        switch (reader.NextType)
        {
            case MessagePackType.Nil:
                reader.ReadNil();
                writer.WriteNil();
                break;
            case MessagePackType.Boolean:
                writer.WriteBoolean(reader.ReadBoolean());
                break;
            case MessagePackType.Integer:
                if (reader.TryReadInt64(out long whole))
                {
                    writer.WriteInt64(whole);
                }
                else
                {
                    writer.WriteUInt64(reader.ReadUInt64());
                }

                break;
            case MessagePackType.Float:
                writer.WriteDouble(reader.ReadDouble());
                break;
            case MessagePackType.String:
                writer.WriteUtf8String(reader.ReadStringSpan());
                break;
            case MessagePackType.Binary:
                writer.WriteBinary(reader.ReadBinary().ToArray());
                break;
            case MessagePackType.Extension:
                MessagePackExtension extension = reader.ReadExtension();
                writer.WriteExtension(extension.Type, extension.Data.ToArray());
                break;
            case MessagePackType.Array:
                int count = reader.ReadArrayHeader();
                writer.WriteArrayHeader(count);
                for (; count > 0; count--)
                {
                    Transcribe(ref reader, ref writer);
                }

                break;
            default:
                int pairs = reader.ReadMapHeader();
                writer.WriteMapHeader(pairs);
                for (int left = 2 * pairs; left > 0; left--)
                {
                    Transcribe(ref reader, ref writer);
                }

                break;
        }
    }
}
