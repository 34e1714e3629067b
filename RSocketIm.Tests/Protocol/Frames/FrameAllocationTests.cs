using System.Buffers;
using RSocketIm.Protocol.Frames;

namespace RSocketIm.Tests.Protocol.Frames;

public sealed class FrameAllocationTests
{
    private const int Rounds = 10_000;

    private readonly ArrayBufferWriter<byte> output = new(4096);
    private readonly byte[] data = new byte[200];
    private readonly byte[] metadata = new byte[20];

    [Fact]
    public void Payload_WrittenAndRead_AllocatesNothing() => AssertAllocatesNothing(() =>
    {
        PayloadFrame.Write(output, 1, FrameFlags.Metadata | FrameFlags.Next, metadata, data);
        return PayloadFrame.Read(ReadBack()).Data.Length;
    });

    [Fact]
    public void RequestN_WrittenAndRead_AllocatesNothing() => AssertAllocatesNothing(() =>
    {
        RequestNFrame.Write(output, 1, 64);
        return RequestNFrame.Read(ReadBack()).N;
    });

    [Fact]
    public void RequestStream_WrittenAndRead_AllocatesNothing() => AssertAllocatesNothing(() =>
    {
        RequestFrame.Write(output, FrameType.RequestStream, 1, FrameFlags.None, 64, hasMetadata: true, metadata, data);
        return RequestFrame.Read(ReadBack()).Data.Length;
    });

    [Fact]
    public void Error_Written_AllocatesNothing() => AssertAllocatesNothing(() =>
    {
        ErrorFrame.Write(output, 1, ErrorCode.Canceled, "Mehr als gewährt");
        return ErrorFrame.Read(ReadBack()).Data.Length;
    });

    [Fact]
    public void FragmentCursor_Written_AllocatesNothing() => AssertAllocatesNothing(() =>
    {
        FragmentCursor cursor = new(data, metadata, hasMetadata: true);
        long length = 0;
        while (!cursor.IsDone)
        {
            length += cursor.NextLength(FrameType.RequestChannel, 64);
            cursor.WriteNext(output, 1, FrameType.RequestChannel, 1, FrameFlags.Complete, 64);
        }

        return length;
    });

    [Fact]
    public void LengthPrefixed_Read_AllocatesNothing()
    {
        byte[] stream = [0, 0, 6, 0, 0, 0, 1, 0x24, 0, 0, 0, 6, 0, 0, 0, 3, 0x24, 0];
        ReadOnlySequence<byte> segments = Segments.ByteByByte(stream);
        AssertAllocatesNothing(() =>
        {
            ReadOnlySequence<byte> buffer = segments;
            long streams = 0;
            while (FrameReader.TryReadLengthPrefixed(ref buffer, Frame.MaxLength, out ReadOnlySequence<byte> frame))
            {
                streams += FrameReader.Read(frame).StreamId;
            }

            return streams;
        });
    }

    // What a round writes is thrown away before the next, so that the output itself never grows.
    private void AssertAllocatesNothing(Func<long> round)
    {
        Run(round);
        long before = GC.GetAllocatedBytesForCurrentThread();
        long sum = Run(round);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.NotEqual(0, sum);
        Assert.Equal(0, allocated);
    }

    private long Run(Func<long> round)
    {
        long sum = 0;
        for (int i = 0; i < Rounds; i++)
        {
            output.ResetWrittenCount();
            sum += round();
        }

        return sum;
    }

    private Frame ReadBack() => FrameReader.Read(new ReadOnlySequence<byte>(output.WrittenMemory));
}
