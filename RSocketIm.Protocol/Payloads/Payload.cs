using System.Text;

namespace RSocketIm.Protocol.Payloads;

/// <summary>Data and optional metadata that may be kept: bytes that nobody reuses.</summary>
/// <remarks>
/// What a sender hands over stays unchanged until it has been written; the same arrays may be sent on any number of
/// streams, which is how a room sends one encoded entry to all its readers. Metadata of length 0 are not the same as no
/// metadata; both survive the wire.
/// </remarks>
public readonly struct Payload
{
    /// <summary>Creates a payload without metadata.</summary>
    /// <param name="data">The data, 0 bytes or more.</param>
    public Payload(ReadOnlyMemory<byte> data) => Data = data;

    /// <summary>Creates a payload with metadata.</summary>
    /// <param name="data">The data, 0 bytes or more.</param>
    /// <param name="metadata">The metadata, 0 bytes or more: present even when empty.</param>
    public Payload(ReadOnlyMemory<byte> data, ReadOnlyMemory<byte> metadata)
    {
        Data = data;
        Metadata = metadata;
        HasMetadata = true;
    }

    /// <summary>A payload with no data and no metadata.</summary>
    public static Payload Empty => default;

    /// <summary>The data.</summary>
    public ReadOnlyMemory<byte> Data { get; }

    /// <summary>The metadata; empty also when there are none.</summary>
    public ReadOnlyMemory<byte> Metadata { get; }

    /// <summary>Whether metadata are present, possibly empty.</summary>
    public bool HasMetadata { get; }

    /// <summary>Creates a payload from text, as UTF-8, without metadata.</summary>
    /// <param name="data">The text.</param>
    public static Payload FromText(string data) => new(Encoding.UTF8.GetBytes(data));

    /// <summary>The data read as UTF-8; for logs, tests and samples.</summary>
    public string DataText => Encoding.UTF8.GetString(Data.Span);
}
