using System.Buffers;
using System.Buffers.Binary;
using RSocketIm.Protocol.Frames;

namespace RSocketIm.Protocol.Transports;

/// <summary>Payloads in a row that many streams send: laid out once as frames, which each stream copies and puts its id into.</summary>
/// <remarks>
/// <para>The frames lie one behind the other as a WebSocket server sends them, so that what a subscriber is behind costs one copy
/// and four bytes a frame; other transports take the data out of it and frame them themselves.</para>
/// <para>Immutable and shared, save that it may be withdrawn. Spec: Protocol.md, "PAYLOAD Frame (0x0A)"; RFC 6455, section 5.2.</para>
/// </remarks>
public sealed class PayloadRun
{
    /// <summary>What a payload takes in memory beside its data, in bytes, about.</summary>
    public const int Overhead = (2 * sizeof(int)) + WebSocketFrames.MaxHeaderLength + Frame.HeaderLength;

    private readonly byte[] image;
    private readonly int[] starts; // of each message, and the end of the last
    private readonly int[] frames; // where in each message the frame begins
    private volatile bool withdrawn;

    private PayloadRun(byte[] image, int[] starts, int[] frames)
    {
        this.image = image;
        this.starts = starts;
        this.frames = frames;
        for (int i = 0; i < Count; i++)
        {
            LongestFrame = Math.Max(LongestFrame, starts[i + 1] - frames[i]);
        }
    }

    /// <summary>How many payloads there are.</summary>
    public int Count => frames.Length;

    /// <summary>Whether its payloads are not to be sent any more as they are here.</summary>
    public bool IsWithdrawn => withdrawn;

    /// <summary>Length of the longest frame in bytes, header included.</summary>
    public int LongestFrame { get; }

    /// <summary>Lays out payloads without metadata.</summary>
    /// <param name="data">The data of each; copied.</param>
    /// <exception cref="ArgumentException">There are none, or one does not fit into a frame.</exception>
    public static PayloadRun Create(ReadOnlySpan<ReadOnlyMemory<byte>> data)
    {
        if (data.IsEmpty)
        {
            throw new ArgumentException("A run has at least one payload.", nameof(data));
        }

        int[] starts = new int[data.Length + 1];
        for (int i = 0; i < data.Length; i++)
        {
            starts[i + 1] = starts[i] + MessageLength(data[i].Length);
        }

        byte[] image = new byte[starts[^1]];
        int[] frames = new int[data.Length];
        for (int i = 0; i < data.Length; i++)
        {
            Span<byte> message = image.AsSpan(starts[i]..starts[i + 1]);
            int header = WebSocketFrames.WriteBinaryHeader(message, Frame.HeaderLength + data[i].Length);
            frames[i] = starts[i] + header;
            FrameHeader.Write(message[header..], 0, FrameType.Payload, FrameFlags.Next);
            data[i].Span.CopyTo(message[(header + Frame.HeaderLength)..]);
        }

        return new PayloadRun(image, starts, frames);
    }

    /// <summary>What a payload will take in a run, in bytes.</summary>
    /// <param name="dataLength">The length of its data in bytes.</param>
    /// <exception cref="ArgumentException">It does not fit into a frame.</exception>
    public static int MessageLength(int dataLength)
    {
        const int MaxDataLength = Frame.MaxLength - Frame.HeaderLength;
        if (dataLength > MaxDataLength)
        {
            throw new ArgumentException($"A frame has room for {MaxDataLength} bytes of data, not for {dataLength}.", nameof(dataLength));
        }

        int length = PayloadFrame.GetLength(hasMetadata: false, 0, dataLength);
        return WebSocketFrames.HeaderLength(length) + length;
    }

    /// <summary>Says that its payloads are not to be sent any more as they are here; whoever is writing them at this moment may finish.</summary>
    public void Withdraw() => withdrawn = true;

    /// <summary>The data of one payload.</summary>
    /// <param name="index">Which, 0..<see cref="Count"/> - 1.</param>
    public ReadOnlySpan<byte> Data(int index) => image.AsSpan((frames[index] + Frame.HeaderLength)..starts[index + 1]);

    /// <summary>Frames from one on that have no more than so many bytes together, but at least the first.</summary>
    internal int CountWithin(int first, int most, int bytes)
    {
        int last = starts.AsSpan(first + 1, most).BinarySearch((int)Math.Min((long)starts[first] + bytes, int.MaxValue));
        return Math.Max(1, last >= 0 ? last + 1 : ~last);
    }

    /// <summary>Length in bytes of WebSocket messages in a row.</summary>
    internal int LengthOf(int first, int count) => starts[first + count] - starts[first];

    /// <summary>Writes WebSocket messages to the memory of a writer, as many at a time as it has room for.</summary>
    internal void WriteMessages(IBufferWriter<byte> output, int first, int count, int streamId)
    {
        for (int end = first + count; first < end;)
        {
            Span<byte> room = output.GetSpan(LengthOf(first, 1));
            int taken = CountWithin(first, end - first, room.Length);
            int origin = starts[first];
            int length = LengthOf(first, taken);
            image.AsSpan(origin, length).CopyTo(room);
            foreach (int frame in frames.AsSpan(first, taken))
            {
                BinaryPrimitives.WriteInt32BigEndian(room[(frame - origin)..], streamId);
            }

            output.Advance(length);
            first += taken;
        }
    }
}
