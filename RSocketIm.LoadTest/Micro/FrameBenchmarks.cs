using System.Buffers;
using BenchmarkDotNet.Attributes;
using RSocketIm.Protocol.Frames;

namespace RSocketIm.LoadTest.Micro;

/// <summary>Reading and writing frames as the loops do it: 1,000 frames behind each other per operation, figures per frame.</summary>
public class FrameBenchmarks
{
    private const int Frames = 1_000;

    private readonly ArrayBufferWriter<byte> output = new(1 << 20);
    private readonly byte[] data = new byte[64];
    private readonly byte[] metadata = new byte[24];
    private ReadOnlySequence<byte> payloads;
    private ReadOnlySequence<byte> requests;
    private ReadOnlySequence<byte> scattered;

    /// <summary>Encodes what the reading benchmarks read.</summary>
    [GlobalSetup]
    public void Setup()
    {
        byte[] encoded = Encode(static (frames, writer) =>
            PayloadFrame.Write(Prefixed(writer, PayloadFrame.GetLength(false, 0, 64)), 1, FrameFlags.Next, default, frames.data));
        payloads = new ReadOnlySequence<byte>(encoded);
        scattered = Scatter(encoded, 4_096);
        requests = new ReadOnlySequence<byte>(Encode(static (frames, writer) => RequestFrame.Write(
            Prefixed(writer, RequestFrame.GetLength(FrameType.RequestResponse, true, 24, 64)),
            FrameType.RequestResponse, 1, FrameFlags.None, 0, true, frames.metadata, frames.data)));
    }

    /// <summary>PAYLOAD of 64 bytes, behind its length prefix.</summary>
    [Benchmark(OperationsPerInvoke = Frames)]
    public long ReadPayload() => ReadPayloads(payloads);

    /// <summary>The same from a pipe's 4 KiB segments, so that some frames straddle two.</summary>
    [Benchmark(OperationsPerInvoke = Frames)]
    public long ReadPayloadFromSegments() => ReadPayloads(scattered);

    /// <summary>REQUEST_RESPONSE with 24 bytes of metadata and 64 of data.</summary>
    [Benchmark(OperationsPerInvoke = Frames)]
    public long ReadRequest()
    {
        ReadOnlySequence<byte> buffer = requests;
        long bytes = 0;
        while (FrameReader.TryReadLengthPrefixed(ref buffer, Frame.MaxLength, out ReadOnlySequence<byte> frame))
        {
            RequestFrame request = RequestFrame.Read(FrameReader.Read(frame));
            bytes += request.Data.Length + request.Metadata.Length;
        }

        return bytes;
    }

    /// <summary>PAYLOAD of 64 bytes with its length prefix.</summary>
    [Benchmark(OperationsPerInvoke = Frames)]
    public int WritePayload()
    {
        output.ResetWrittenCount();
        for (int i = 0; i < Frames; i++)
        {
            PayloadFrame.Write(Prefixed(output, PayloadFrame.GetLength(false, 0, 64)), 1, FrameFlags.Next, default, data);
        }

        return output.WrittenCount;
    }

    /// <summary>REQUEST_N with its length prefix.</summary>
    [Benchmark(OperationsPerInvoke = Frames)]
    public int WriteRequestN()
    {
        output.ResetWrittenCount();
        for (int i = 0; i < Frames; i++)
        {
            RequestNFrame.Write(Prefixed(output, RequestNFrame.GetLength()), 1, 32);
        }

        return output.WrittenCount;
    }

    private static long ReadPayloads(ReadOnlySequence<byte> buffer)
    {
        long bytes = 0;
        while (FrameReader.TryReadLengthPrefixed(ref buffer, Frame.MaxLength, out ReadOnlySequence<byte> frame))
        {
            bytes += PayloadFrame.Read(FrameReader.Read(frame)).Data.Length;
        }

        return bytes;
    }

    private static ArrayBufferWriter<byte> Prefixed(ArrayBufferWriter<byte> writer, int length)
    {
        FrameHeader.WriteLengthPrefix(writer.GetSpan(3), length);
        writer.Advance(3);
        return writer;
    }

    private static ReadOnlySequence<byte> Scatter(byte[] bytes, int segmentBytes)
    {
        var first = new Segment(bytes.AsMemory(0, segmentBytes), 0);
        Segment last = first;
        for (int offset = segmentBytes; offset < bytes.Length; offset += segmentBytes)
        {
            last = last.Append(bytes.AsMemory(offset, Math.Min(segmentBytes, bytes.Length - offset)));
        }

        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private byte[] Encode(Action<FrameBenchmarks, ArrayBufferWriter<byte>> write)
    {
        var writer = new ArrayBufferWriter<byte>();
        for (int i = 0; i < Frames; i++)
        {
            write(this, writer);
        }

        return writer.WrittenSpan.ToArray();
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, long runningIndex)
        {
            Memory = memory;
            RunningIndex = runningIndex;
        }

        public Segment Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Segment(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
