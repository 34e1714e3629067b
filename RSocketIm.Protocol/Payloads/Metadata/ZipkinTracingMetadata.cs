using System.Buffers;
using System.Buffers.Binary;

namespace RSocketIm.Protocol.Payloads.Metadata;

/// <summary>Zipkin tracing metadata (0x7D): whether to trace, and as part of which trace and span.</summary>
/// <remarks>
/// <code>
/// |I|D|S|N|T|P| - |  Trace Id (64, or 128 when T)  |  Span Id (64)  |  Parent Span Id (64), when P
/// </code>
/// Without I the flags are all there is. Spec: Extensions/Tracing-Zipkin.md.
/// </remarks>
public readonly record struct ZipkinTracingMetadata
{
    private const byte HasIdsFlag = 0x80;
    private const byte DebugFlag = 0x40;
    private const byte SampledFlag = 0x20;
    private const byte NotSampledFlag = 0x10;
    private const byte LongTraceIdFlag = 0x08;
    private const byte ParentFlag = 0x04;

    // Flags, a 128-bit trace id, a span id and a parent span id.
    private const int MaxBytes = 1 + 16 + 8 + 8;

    /// <summary>Creates metadata that only say whether to trace.</summary>
    /// <param name="sampling">Whether to trace.</param>
    public ZipkinTracingMetadata(ZipkinSampling sampling) => Sampling = sampling;

    /// <summary>Creates metadata with ids.</summary>
    /// <param name="sampling">Whether to trace.</param>
    /// <param name="traceId">The trace; above 2⁶⁴-1 it is written with 128 bits.</param>
    /// <param name="spanId">The span.</param>
    /// <param name="parentSpanId">The span that led to it, or null for the root of the trace.</param>
    public ZipkinTracingMetadata(ZipkinSampling sampling, UInt128 traceId, ulong spanId, ulong? parentSpanId = null)
    {
        Sampling = sampling;
        HasIds = true;
        TraceId = traceId;
        Is128Bit = traceId > ulong.MaxValue;
        SpanId = spanId;
        ParentSpanId = parentSpanId;
    }

    /// <summary>Whether to trace.</summary>
    public ZipkinSampling Sampling { get; }

    /// <summary>Whether the ids are given.</summary>
    public bool HasIds { get; }

    /// <summary>Whether the trace id has 128 bits on the wire; a smaller id may have them too.</summary>
    public bool Is128Bit { get; init; }

    /// <summary>The trace; 0 without ids.</summary>
    public UInt128 TraceId { get; }

    /// <summary>The span; 0 without ids.</summary>
    public ulong SpanId { get; }

    /// <summary>The span that led to it; null at the root of a trace.</summary>
    public ulong? ParentSpanId { get; }

    /// <summary>Reads the metadata. Bytes after the last field are ignored.</summary>
    /// <param name="metadata">The content of the entry.</param>
    /// <exception cref="MetadataFormatException">It is shorter than its flags say.</exception>
    public static ZipkinTracingMetadata Read(ReadOnlySequence<byte> metadata)
    {
        Span<byte> bytes = stackalloc byte[MaxBytes];
        int length = (int)Math.Min(MaxBytes, metadata.Length);
        metadata.Slice(0, length).CopyTo(bytes);
        byte flags = length > 0 ? bytes[0] : throw new MetadataFormatException(0, "The tracing flags are missing.");
        ZipkinSampling sampling = (flags & DebugFlag) != 0 ? ZipkinSampling.Debug
            : (flags & SampledFlag) != 0 ? ZipkinSampling.Sampled
            : (flags & NotSampledFlag) != 0 ? ZipkinSampling.NotSampled
            : ZipkinSampling.Undecided;
        if ((flags & HasIdsFlag) == 0)
        {
            return new ZipkinTracingMetadata(sampling);
        }

        bool isLong = (flags & LongTraceIdFlag) != 0;
        bool hasParent = (flags & ParentFlag) != 0;
        int needed = 1 + (isLong ? 16 : 8) + 8 + (hasParent ? 8 : 0);
        if (length < needed)
        {
            throw new MetadataFormatException(0, $"Tracing metadata with flags 0x{flags:X2} need {needed} bytes, but there are {length}.");
        }

        int at = 1;
        ulong high = isLong ? ReadId(bytes, ref at) : 0;
        UInt128 traceId = new(high, ReadId(bytes, ref at));
        ulong spanId = ReadId(bytes, ref at);
        ulong? parent = hasParent ? ReadId(bytes, ref at) : null;
        return new ZipkinTracingMetadata(sampling, traceId, spanId, parent) { Is128Bit = isLong };
    }

    /// <summary>Writes the metadata: 1..33 bytes.</summary>
    /// <param name="output">Where they go.</param>
    public void WriteTo(IBufferWriter<byte> output)
    {
        bool isLong = HasIds && (Is128Bit || TraceId > ulong.MaxValue);
        byte flags = Sampling switch
        {
            ZipkinSampling.Debug => DebugFlag,
            ZipkinSampling.Sampled => SampledFlag,
            ZipkinSampling.NotSampled => NotSampledFlag,
            _ => 0,
        };
        flags |= (byte)((HasIds ? HasIdsFlag : 0) | (isLong ? LongTraceIdFlag : 0) | (ParentSpanId.HasValue ? ParentFlag : 0));
        Span<byte> span = output.GetSpan(MaxBytes);
        span[0] = flags;
        int at = 1;
        if (HasIds)
        {
            if (isLong)
            {
                WriteId(span, ref at, (ulong)(TraceId >> 64));
            }

            WriteId(span, ref at, (ulong)(TraceId & ulong.MaxValue));
            WriteId(span, ref at, SpanId);
            if (ParentSpanId is ulong parent)
            {
                WriteId(span, ref at, parent);
            }
        }

        output.Advance(at);
    }

    private static ulong ReadId(ReadOnlySpan<byte> bytes, ref int at)
    {
        ulong id = BinaryPrimitives.ReadUInt64BigEndian(bytes[at..]);
        at += sizeof(ulong);
        return id;
    }

    private static void WriteId(Span<byte> bytes, ref int at, ulong id)
    {
        BinaryPrimitives.WriteUInt64BigEndian(bytes[at..], id);
        at += sizeof(ulong);
    }
}
