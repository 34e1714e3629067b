namespace RSocketIm.Protocol.Payloads.Metadata;

/// <summary>How a peer says who it is.</summary>
/// <remarks>Spec: Extensions/Security/WellKnownAuthTypes.md.</remarks>
public enum AuthenticationKind
{
    /// <summary>A user name and a password (0x00).</summary>
    Simple,

    /// <summary>A token (0x01).</summary>
    Bearer,

    /// <summary>A type with a name of its own, or a number that is not in the list.</summary>
    Other,
}
