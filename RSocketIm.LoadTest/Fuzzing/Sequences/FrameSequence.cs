using System.Buffers;
using RSocketIm.LoadTest.Fuzzing.Targets;

namespace RSocketIm.LoadTest.Fuzzing.Sequences;

/// <summary>The frames of one connection's client, and how they are sent.</summary>
/// <param name="InBursts">Several at a time: what comes back is then judged by the rules that need no timing. Otherwise each is answered before the next.</param>
/// <param name="Frames">The frames.</param>
internal sealed record FrameSequence(bool InBursts, List<byte[]> Frames)
{
    /// <summary>As bytes: the way of sending, then each frame behind its length.</summary>
    public byte[] ToBytes()
    {
        ArrayBufferWriter<byte> output = new();
        FrameBytes.WriteByte(output, InBursts ? 1 : 0);
        foreach (byte[] frame in Frames)
        {
            FrameBytes.WriteInt24(output, frame.Length);
            output.Write(frame);
        }

        return output.WrittenSpan.ToArray();
    }

    public static FrameSequence FromBytes(byte[] bytes)
    {
        List<byte[]> frames = [];
        for (int at = 1; at + 3 <= bytes.Length;)
        {
            int length = Math.Min((bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2], bytes.Length - at - 3);
            frames.Add(bytes[(at + 3)..(at + 3 + length)]);
            at += 3 + length;
        }

        return new FrameSequence(bytes.Length > 0 && bytes[0] == 1, frames);
    }

    public override string ToString() =>
        (InBursts ? "in bursts:" : "one by one:") + string.Concat(Frames.Select(static (frame, index) => $"\n  {index}: {new FuzzFrame(frame)}"));
}
