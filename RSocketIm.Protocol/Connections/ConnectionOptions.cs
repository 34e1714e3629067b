using RSocketIm.Protocol.Frames;

namespace RSocketIm.Protocol.Connections;

/// <summary>What bounds one connection, on either side. Every limit has a default that suits a public server.</summary>
public record ConnectionOptions
{
    /// <summary>Largest frame accepted, in bytes with its header, 64..16,777,215, default 16,777,215.</summary>
    /// <remarks>A longer one ends the connection with CONNECTION_ERROR before it is buffered.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int MaxInboundFrameLength { get; init => field = InRange(value, 64, Frame.MaxLength); } = Frame.MaxLength;

    /// <summary>Largest frame sent, in bytes with its header, 128..16,777,215, default 65,536; longer payloads go out in fragments.</summary>
    /// <remarks>64 KiB keeps one large payload from holding up the other streams of the connection.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int MaxOutboundFrameLength { get; init => field = InRange(value, 128, Frame.MaxLength); } = 65_536;

    /// <summary>Bounds on payloads that arrive in fragments.</summary>
    public ReassemblyOptions Reassembly { get; init; } = new();

    /// <summary>Streams the peer may have open at a time, requests that have come in part among them, 1..2^31-1, default 10,000; one more is answered REJECTED.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int MaxStreams { get; init => field = InRange(value, 1, int.MaxValue); } = 10_000;

    /// <summary>REQUEST_RESPONSE handlers that may be running at a time, 1..2^31-1, default 4,096; one more request is answered REJECTED.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int MaxRequestsInFlight { get; init => field = InRange(value, 1, int.MaxValue); } = 4_096;

    /// <summary>
    /// Bytes of answers that carry no credit (KEEPALIVE echoes, ERRORs, single responses) which may wait to be written,
    /// 1,024..2^31-1, default 262,144. Above it this side stops reading until half of them are gone, so that a peer which
    /// asks without reading is paced by TCP.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int MaxBacklogBytes { get; init => field = InRange(value, 1_024, int.MaxValue); } = 262_144;

    /// <summary>
    /// Bytes written between two flushes, 1,024..16,777,215, default 32,768. Together with the transport's own buffer it is
    /// what a connection whose peer does not read can cost.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int WriteBatchBytes { get; init => field = InRange(value, 1_024, Frame.MaxLength); } = 32_768;

    /// <summary>Bytes one stream may write before the next one has its turn, 64..16,777,215, default 4,096.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int StreamQuantumBytes { get; init => field = InRange(value, 64, Frame.MaxLength); } = 4_096;

    /// <summary>Frames without any meaning (for streams that are not open, of the wrong parity) accepted in a row, 1..2^31-1, default 1,000,000; one more ends the connection.</summary>
    /// <remarks>After a CANCEL such frames are legal until the peer has seen it, as many as it had credit for.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int MaxIgnoredFrames { get; init => field = InRange(value, 1, int.MaxValue); } = 1_000_000;

    /// <summary>How long the peer may take to end its side after this side closed, 0..1 min, default 2 s; then the connection is dropped.</summary>
    /// <remarks>Closing a socket with unread bytes in it resets it, and a reset can destroy the ERROR frame that is still on its way.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public TimeSpan LingerTimeout
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, TimeSpan.FromMinutes(1));
            field = value;
        }
    } = TimeSpan.FromSeconds(2);

    /// <summary>Requests this side grants to a peer that honours leases; null: no leases.</summary>
    /// <remarks>On a server, a SETUP with the L flag is UNSUPPORTED_SETUP when this is null. On a client it sets the L flag.</remarks>
    public LeaseOptions? Lease { get; init; }

    /// <summary>Lets connections outlive their transport; null, the default: they end with it.</summary>
    /// <remarks>
    /// On a server, the R flag is REJECTED_SETUP and a RESUME REJECTED_RESUME when this is null. A client sets the R flag,
    /// with a token of its own when SETUP has none, and resumes by itself.
    /// </remarks>
    public ResumeOptions? Resume { get; init; }

    /// <summary>Told each time the peer runs into a bound; null: nobody is. Costs nothing until then.</summary>
    /// <remarks>For counting: it is called by the connection's own loops, so it returns at once and throws nothing.</remarks>
    public Action<ConnectionLimit>? LimitHit { get; init; }

    /// <summary>The clock for keepalive, leases and timeouts.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    private protected static int InRange(int value, int min, int max)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, min);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, max);
        return value;
    }
}
