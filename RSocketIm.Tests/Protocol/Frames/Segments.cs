using System.Buffers;

namespace RSocketIm.Tests.Protocol.Frames;

/// <summary>The same bytes cut into segments in every way that matters: a decoder must not see a difference.</summary>
internal static class Segments
{
    /// <summary>In one piece, in two pieces cut at every point (empty pieces included), and byte by byte.</summary>
    public static IEnumerable<ReadOnlySequence<byte>> EveryCut(byte[] bytes)
    {
        yield return new ReadOnlySequence<byte>(bytes);
        for (int cut = 0; cut <= bytes.Length; cut++)
        {
            yield return Of(bytes.AsMemory(0, cut), bytes.AsMemory(cut));
        }

        yield return ByteByByte(bytes);
    }

    public static ReadOnlySequence<byte> ByteByByte(byte[] bytes) =>
        Of([.. Enumerable.Range(0, bytes.Length).Select(i => (ReadOnlyMemory<byte>)bytes.AsMemory(i, 1))]);

    public static ReadOnlySequence<byte> Of(params ReadOnlyMemory<byte>[] pieces)
    {
        if (pieces.Length == 0)
        {
            return ReadOnlySequence<byte>.Empty;
        }

        Segment first = new(pieces[0], 0);
        Segment last = first;
        foreach (ReadOnlyMemory<byte> piece in pieces.Skip(1))
        {
            last = last.Append(piece);
        }

        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
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
            Segment next = new(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
