using System.Buffers;

namespace RSocketIm.Protocol.Frames;

/// <summary>A payload put together from fragments, in pooled memory.</summary>
/// <remarks>
/// While incomplete it belongs to its <see cref="Reassembler"/>. Once whole it belongs to who took it, who reads it and
/// disposes it; its bytes are gone then. Not thread-safe.
/// </remarks>
public sealed class PartialPayload : IDisposable
{
    private PooledBytes metadata;
    private PooledBytes data;
    private bool disposed;

    internal PartialPayload(ArrayPool<byte> pool, int streamId, FrameType firstType, int initialRequestN)
    {
        metadata = new PooledBytes(pool);
        data = new PooledBytes(pool);
        StreamId = streamId;
        FirstType = firstType;
        InitialRequestN = initialRequestN;
    }

    /// <summary>The stream.</summary>
    public int StreamId { get; }

    /// <summary>The type of the first fragment: REQUEST_* or PAYLOAD.</summary>
    public FrameType FirstType { get; }

    /// <summary>The first fragment's initial request n as it came; 0 for types without it.</summary>
    public int InitialRequestN { get; }

    /// <summary>Whether any fragment had metadata, possibly empty.</summary>
    public bool HasMetadata { get; private set; }

    /// <summary>Whether it carries an element: always for a request; for PAYLOAD when any fragment had N.</summary>
    public bool Next { get; internal set; }

    /// <summary>Whether the sender's direction is complete: C on the REQUEST_CHANNEL it began with, or on the last fragment.</summary>
    public bool Complete { get; internal set; }

    /// <summary>The metadata of all fragments; empty also when there are none. Valid until disposed.</summary>
    /// <exception cref="ObjectDisposedException">The bytes have been given back.</exception>
    public ReadOnlySequence<byte> Metadata
    {
        get
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            return metadata.Sequence;
        }
    }

    /// <summary>The data of all fragments. Valid until disposed.</summary>
    /// <exception cref="ObjectDisposedException">The bytes have been given back.</exception>
    public ReadOnlySequence<byte> Data
    {
        get
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            return data.Sequence;
        }
    }

    internal long Length => metadata.Length + data.Length;

    internal bool HasData => data.Length > 0;

    internal int Fragments { get; private set; }

    /// <summary>When the last fragment came, as a <see cref="TimeProvider"/>'s timestamp.</summary>
    internal long LastFragmentAt { get; private set; }

    /// <summary>Counts the time to the next fragment from now.</summary>
    internal void Wait(long now) => LastFragmentAt = now;

    /// <summary>Gives the memory back. May be called again.</summary>
    public void Dispose()
    {
        // The fields must not return an array twice: the pool would hand it to two owners.
        if (!disposed)
        {
            disposed = true;
            metadata.ReturnAll();
            data.ReturnAll();
        }
    }

    internal void Append(bool fragmentHasMetadata, in ReadOnlySequence<byte> fragmentMetadata, in ReadOnlySequence<byte> fragmentData, long now)
    {
        HasMetadata |= fragmentHasMetadata;
        metadata.Append(fragmentMetadata);
        data.Append(fragmentData);
        Fragments++;
        LastFragmentAt = now;
    }
}
