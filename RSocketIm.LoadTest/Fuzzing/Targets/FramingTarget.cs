using System.Buffers;
using RSocketIm.Protocol.Frames;

namespace RSocketIm.LoadTest.Fuzzing.Targets;

/// <summary>A stream of bytes in which each frame follows its length, as it comes from a socket: all at once and bit by bit.</summary>
internal sealed class FramingTarget : FuzzTarget
{
    private const int MaxFrameLength = 1_000;

    private readonly ArrayBufferWriter<byte> frame = new();
    private FuzzRandom arrivals = new(1);

    public override string Name => "framing";

    public override void Generate(FuzzRandom random, ArrayBufferWriter<byte> output)
    {
        for (int left = random.Between(0, 6); left > 0; left--)
        {
            frame.ResetWrittenCount();
            FrameBytes.Write(random, frame);
            FrameBytes.WriteInt24(output, random.OneIn(40) ? (int)random.Boundary() : frame.WrittenCount);
            output.Write(frame.WrittenSpan);
        }
    }

    public override bool IsDocumented(Exception error) => error is ProtocolViolationException { Code: ErrorCode.ConnectionError };

    public override ulong Read(in ReadOnlySequence<byte> input)
    {
        FuzzDigest digest = default;
        ReadOnlySequence<byte> buffer = input;
        ulong frames = 0;
        while (FrameReader.TryReadLengthPrefixed(ref buffer, MaxFrameLength, out ReadOnlySequence<byte> bytes))
        {
            frames++;
            digest.Add(bytes);
        }

        Shape = (frames << 1) | (buffer.IsEmpty ? 1UL : 0);
        digest.Add((ulong)buffer.Length);
        return digest.Value;
    }

    // As a transport does it: what is left over waits for more.
    public override void Check(byte[] input, ulong digest)
    {
        arrivals = new FuzzRandom(digest);
        FuzzDigest again = default;
        int consumed = 0;
        for (int arrived = 0; arrived <= input.Length;)
        {
            ReadOnlySequence<byte> buffer = new(input, consumed, arrived - consumed);
            while (FrameReader.TryReadLengthPrefixed(ref buffer, MaxFrameLength, out ReadOnlySequence<byte> bytes))
            {
                again.Add(bytes);
            }

            consumed = arrived - (int)buffer.Length;
            if (arrived == input.Length)
            {
                break;
            }

            arrived += arrivals.Between(1, Math.Min(40, input.Length - arrived));
        }

        again.Add((ulong)(input.Length - consumed));
        Require(again.Value == digest, "Bytes that arrive bit by bit give other frames.");
    }
}
