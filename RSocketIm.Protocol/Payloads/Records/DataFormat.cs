namespace RSocketIm.Protocol.Payloads.Records;

/// <summary>How records are encoded on one connection.</summary>
public enum DataFormat
{
    /// <summary>MessagePack maps with string keys.</summary>
    MessagePack,

    /// <summary>JSON objects (RFC 8259), in UTF-8.</summary>
    Json,
}
