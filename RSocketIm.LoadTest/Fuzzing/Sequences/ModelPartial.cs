using RSocketIm.Protocol.Frames;

namespace RSocketIm.LoadTest.Fuzzing.Sequences;

/// <summary>A payload that is half sent, as the model sees it.</summary>
internal sealed class ModelPartial(FrameType type, int initialN)
{
    public FrameType Type => type;

    public int InitialN => initialN;

    public long EarlyGrants { get; set; }

    public bool Complete { get; init; }

    public bool HasMetadata { get; private set; }

    public int Fragments { get; private set; }

    public List<byte> Metadata { get; } = [];

    public List<byte> Data { get; } = [];

    public int Length => Metadata.Count + Data.Count;

    public void Add(byte[]? metadata, byte[] data)
    {
        HasMetadata |= metadata is not null;
        Metadata.AddRange(metadata ?? []);
        Data.AddRange(data);
        Fragments++;
    }
}
