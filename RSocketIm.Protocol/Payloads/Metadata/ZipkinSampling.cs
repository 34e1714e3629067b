namespace RSocketIm.Protocol.Payloads.Metadata;

/// <summary>Whether a request is to be traced.</summary>
/// <remarks>When several flags are set the strongest counts: debug, then sampled, then not sampled. Spec: Extensions/Tracing-Zipkin.md.</remarks>
public enum ZipkinSampling
{
    /// <summary>Nobody has decided yet (no flag).</summary>
    Undecided,

    /// <summary>It is not traced (N).</summary>
    NotSampled,

    /// <summary>It is traced (S).</summary>
    Sampled,

    /// <summary>It is traced whatever the sampler says (D).</summary>
    Debug,
}
