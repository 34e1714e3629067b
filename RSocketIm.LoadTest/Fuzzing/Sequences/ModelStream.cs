using RSocketIm.Protocol.Frames;

namespace RSocketIm.LoadTest.Fuzzing.Sequences;

/// <summary>An open stream as the model sees it.</summary>
internal sealed class ModelStream(int id, FrameType type, FuzzPlan plan)
{
    public int Id => id;

    public FrameType Type => type;

    public FuzzPlan Plan => plan;

    /// <summary>What the server may still send.</summary>
    public ModelCredit Credit { get; } = new();

    /// <summary>What the server takes.</summary>
    public ModelCredit InboundCredit { get; } = new();

    public int Sent { get; set; }

    public int Received { get; set; }

    public bool OutboundClosed { get; set; }

    public bool InboundClosed { get; set; }
}
