using System.Buffers;
using System.Buffers.Binary;
using RSocketIm.Protocol.Transports;

namespace RSocketIm.Protocol.Connections.Resumption;

/// <summary>The frames of one session that were written and not yet acknowledged, and the positions between which they lie.</summary>
/// <remarks>
/// <para>A position is the sum of the lengths of all frames with a stream id, without length prefixes and after
/// fragmentation (spec: Protocol.md, "Implied Position"). Frames lie behind each other in pooled segments, each behind its
/// own length, because they must come out again one by one.</para>
/// <para>Frames are reserved, committed and copied by the write loop only; anybody may drop. The lock is a leaf.</para>
/// </remarks>
internal sealed class RetainedFrames(IResumeSide side)
{
    private const int LengthBytes = sizeof(int);
    private const int FirstSegmentBytes = 1_024;  // an idle chat connection holds a REQUEST_N or two between acknowledgements
    private const int LastSegmentBytes = 16_384;

    private readonly Lock sync = new();
    private Segment? head;
    private Segment? tail;
    private Segment? cursorSegment; // of CopyNext
    private int cursorOffset;
    private long cursor = -1;
    private long first;
    private long sent;
    private long held;
    private int reserved = -1;      // length of the frame that is being written behind tail.End
    private bool given;             // nothing is kept any more

    /// <summary>Where the frames begin that are still here.</summary>
    public long First => Volatile.Read(ref first);

    /// <summary>Where the next frame will begin.</summary>
    public long Sent => Volatile.Read(ref sent);

    /// <summary>Bytes of frames that the peer has not acknowledged.</summary>
    public long Unacknowledged => Sent - First;

    /// <summary>Makes room for one frame, which is kept when it is committed.</summary>
    /// <param name="length">Its length in bytes.</param>
    /// <param name="room">Exactly that many bytes.</param>
    /// <returns>False when nothing is kept any more, or there is no memory for more.</returns>
    public bool TryReserve(int length, out Memory<byte> room)
    {
        int needed = LengthBytes + length;
        room = default;
        int size;
        lock (sync)
        {
            if (given)
            {
                return false;
            }

            if (tail is not null && tail.Array.Length - tail.End >= needed)
            {
                room = Reserve(tail, length);
                return true;
            }

            size = Math.Max(needed, (int)Math.Clamp(held, FirstSegmentBytes, LastSegmentBytes));
        }

        // Outside the lock: to find memory the server may have to end another session.
        byte[] array = ArrayPool<byte>.Shared.Rent(size);
        if (!side.TryCharge(array.Length))
        {
            ArrayPool<byte>.Shared.Return(array);
            return false;
        }

        lock (sync)
        {
            if (given)
            {
                ArrayPool<byte>.Shared.Return(array);
                side.Release(array.Length);
                return false;
            }

            Segment segment = new(array);
            held += array.Length;
            if (tail is null)
            {
                head = segment;
            }
            else
            {
                tail.Next = segment;
            }

            tail = segment;
            room = Reserve(segment, length);
            return true;
        }
    }

    /// <summary>The reserved frame is whole: it counts, and is kept.</summary>
    public void Commit()
    {
        lock (sync)
        {
            int length = reserved;
            reserved = -1;
            tail!.End += LengthBytes + length;
            sent += length;
            if (given)
            {
                ReturnAll(); // given up while the frame was being written
            }
        }
    }

    /// <summary>Whether a frame that is kept begins or ends at a position, so that sending can go on from there.</summary>
    public bool IsBoundary(long position)
    {
        lock (sync)
        {
            return !given && FindsBoundary(position);
        }
    }

    /// <summary>Forgets the frames before a position.</summary>
    /// <returns>False, and nothing is forgotten, when it is not a boundary of what is kept.</returns>
    public bool TryDropTo(long position)
    {
        lock (sync)
        {
            if (given || !FindsBoundary(position))
            {
                return false;
            }

            while (first < position)
            {
                int length = head!.LengthAt(head.Start);
                head.Start += LengthBytes + length;
                first += length;
                DropEmptyHead();
            }

            return true;
        }
    }

    /// <summary>Begins to copy what is kept from its first frame on.</summary>
    public void Rewind()
    {
        lock (sync)
        {
            cursor = first;
            cursorSegment = head;
            cursorOffset = head?.Start ?? 0;
        }
    }

    /// <summary>Writes the next frame after those already copied.</summary>
    /// <returns>Its length, or 0 when all are copied.</returns>
    public int CopyNext(FrameTransport to)
    {
        lock (sync)
        {
            if (cursor < first)
            {
                // Acknowledged meanwhile, by a peer that claims more than it can have.
                cursor = first;
                cursorSegment = head;
                cursorOffset = head?.Start ?? 0;
            }

            while (cursorSegment is not null && cursorOffset == cursorSegment.End)
            {
                cursorSegment = cursorSegment.Next;
                cursorOffset = cursorSegment?.Start ?? 0;
            }

            if (cursorSegment is null)
            {
                return 0;
            }

            int length = cursorSegment.LengthAt(cursorOffset);
            to.StartFrame(length).Write(cursorSegment.Array.AsSpan(cursorOffset + LengthBytes, length));
            cursorOffset += LengthBytes + length;
            cursor += length;
            return length;
        }
    }

    /// <summary>Forgets everything and keeps nothing from now on.</summary>
    public void GiveUp()
    {
        lock (sync)
        {
            given = true;
            if (reserved < 0)
            {
                ReturnAll(); // otherwise the write loop is in the middle of a frame, and Commit does it
            }
        }
    }

    private Memory<byte> Reserve(Segment segment, int length)
    {
        reserved = length;
        BinaryPrimitives.WriteInt32LittleEndian(segment.Array.AsSpan(segment.End), length);
        return segment.Array.AsMemory(segment.End + LengthBytes, length);
    }

    private bool FindsBoundary(long position)
    {
        if (position < first || position > sent)
        {
            return false;
        }

        if (position == sent)
        {
            return true;
        }

        long at = first;
        for (Segment? segment = head; segment is not null; segment = segment.Next)
        {
            for (int offset = segment.Start; offset < segment.End; offset += LengthBytes + segment.LengthAt(offset))
            {
                if (at >= position)
                {
                    return at == position;
                }

                at += segment.LengthAt(offset);
            }
        }

        return at == position;
    }

    private void DropEmptyHead()
    {
        while (head is not null && head.Start == head.End && !(head == tail && reserved >= 0))
        {
            Segment empty = head;
            head = empty.Next;
            tail = head is null ? null : tail;
            Return(empty);
        }
    }

    private void ReturnAll()
    {
        while (head is not null)
        {
            Return(head);
            head = head.Next;
        }

        tail = null;
        cursorSegment = null;
    }

    private void Return(Segment segment)
    {
        held -= segment.Array.Length;
        side.Release(segment.Array.Length);
        ArrayPool<byte>.Shared.Return(segment.Array);
    }

    private sealed class Segment(byte[] array)
    {
        public byte[] Array { get; } = array;

        public int Start { get; set; }

        public int End { get; set; }

        public Segment? Next { get; set; }

        public int LengthAt(int offset) => BinaryPrimitives.ReadInt32LittleEndian(Array.AsSpan(offset));
    }
}
