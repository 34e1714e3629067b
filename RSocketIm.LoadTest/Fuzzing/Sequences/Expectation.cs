using RSocketIm.Protocol.Frames;

namespace RSocketIm.LoadTest.Fuzzing.Sequences;

/// <summary>A frame that the model expects, or that came, put together from its fragments.</summary>
/// <param name="Type">PAYLOAD, ERROR, REQUEST_N or CANCEL.</param>
/// <param name="Next">PAYLOAD: whether it carries an element.</param>
/// <param name="Complete">PAYLOAD: whether it is the last.</param>
/// <param name="Number">The code or the credit.</param>
/// <param name="Content">PAYLOAD: digest of metadata and data.</param>
internal sealed record Expectation(FrameType Type, bool Next = false, bool Complete = false, long Number = 0, ulong Content = 0)
{
    public static Expectation Payload(ReadOnlySpan<byte> metadata, bool hasMetadata, ReadOnlySpan<byte> data, bool complete)
    {
        FuzzDigest digest = default;
        digest.Add(hasMetadata);
        digest.Add(metadata);
        digest.Add(data);
        return new Expectation(FrameType.Payload, Next: true, complete, 0, digest.Value);
    }

    public static Expectation End { get; } = new(FrameType.Payload, Next: false, Complete: true);

    public static Expectation Error(ErrorCode code) => new(FrameType.Error, Number: (uint)code);

    public static Expectation RequestN(int n) => new(FrameType.RequestN, Number: n);

    public static Expectation Cancel { get; } = new(FrameType.Cancel);
}
