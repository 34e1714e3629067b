using System.Buffers;
using BenchmarkDotNet.Attributes;
using RSocketIm.Protocol.Payloads.MessagePack;

namespace RSocketIm.LoadTest.Micro;

/// <summary>A chat message as a map of six keys, written and read.</summary>
public class MessagePackBenchmarks
{
    private readonly ArrayBufferWriter<byte> output = new(4_096);
    private ReadOnlySequence<byte> encoded;

    /// <summary>Encodes what the reading benchmarks read.</summary>
    [GlobalSetup]
    public void Setup()
    {
        Write();
        encoded = new ReadOnlySequence<byte>(output.WrittenSpan.ToArray());
    }

    /// <summary>Writes the map.</summary>
    [Benchmark]
    public int Write()
    {
        output.ResetWrittenCount();
        var writer = new MessagePackWriter(output);
        writer.WriteMapHeader(6);
        writer.WriteUtf8String("room"u8);
        writer.WriteString("lobby");
        writer.WriteUtf8String("seq"u8);
        writer.WriteInt64(123_456);
        writer.WriteUtf8String("at"u8);
        writer.WriteInt64(1_780_000_000_000);
        writer.WriteUtf8String("type"u8);
        writer.WriteUtf8String("message"u8);
        writer.WriteUtf8String("from"u8);
        writer.WriteString("alice");
        writer.WriteUtf8String("text"u8);
        writer.WriteString("Hello, is anybody there at this hour? 你好 and so on");
        writer.Flush();
        return output.WrittenCount;
    }

    /// <summary>Reads the map without making strings: what routing and skipping cost.</summary>
    [Benchmark]
    public long ReadSpans()
    {
        var reader = new MessagePackReader(encoded);
        int fields = reader.ReadMapHeader();
        long sum = 0;
        for (int i = 0; i < fields; i++)
        {
            ReadOnlySpan<byte> key = reader.ReadStringSpan();
            if (key.SequenceEqual("seq"u8))
            {
                sum += reader.ReadInt64();
            }
            else
            {
                reader.Skip();
            }
        }

        return sum;
    }

    /// <summary>Reads the map into strings and numbers; allocates the strings.</summary>
    [Benchmark]
    public int ReadStrings()
    {
        var reader = new MessagePackReader(encoded);
        int fields = reader.ReadMapHeader();
        int length = 0;
        for (int i = 0; i < fields; i++)
        {
            reader.ReadStringSpan();
            length += reader.NextType == MessagePackType.String ? reader.ReadString().Length : (int)reader.ReadInt64();
        }

        return length;
    }
}
