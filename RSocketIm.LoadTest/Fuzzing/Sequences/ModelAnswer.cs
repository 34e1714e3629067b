namespace RSocketIm.LoadTest.Fuzzing.Sequences;

/// <summary>What must come on one stream because of one frame.</summary>
internal sealed class ModelAnswer
{
    /// <summary>PAYLOAD and ERROR, in this order.</summary>
    public List<Expectation> Data { get; } = [];

    /// <summary>REQUEST_N and CANCEL, in this order.</summary>
    public List<Expectation> Control { get; } = [];

    /// <summary>Credit that may come or not: the direction it was for has ended in the same frame.</summary>
    public List<Expectation> MaybeControl { get; } = [];
}
