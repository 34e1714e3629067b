using System.Buffers.Binary;

namespace RSocketIm.Protocol.Payloads.MessagePack;

// A number is whatever its writer found convenient: 5 may come as fixint, as int64 or, from some JavaScript encoders for
// anything beyond 32 bits, as float64. So each method takes every encoding whose value fits, and only those.
public ref partial struct MessagePackReader
{
    // Above 2^53 a double no longer tells neighbouring integers apart, so it does not stand for one.
    private const double MaxSafeInteger = 9_007_199_254_740_992;

    /// <summary>Reads a whole number, -2³¹..2³¹-1, in any encoding (also a float without fraction).</summary>
    /// <exception cref="MessagePackFormatException">See the remarks of the type.</exception>
    public int ReadInt32()
    {
        long start = reader.Consumed;
        long value = ReadInt64();
        return value is >= int.MinValue and <= int.MaxValue ? (int)value : throw OutOfRange(start, value.ToString(), "32 bits");
    }

    /// <summary>Reads a whole number, -2⁶³..2⁶³-1, in any encoding (also a float without fraction up to 2⁵³).</summary>
    /// <exception cref="MessagePackFormatException">See the remarks of the type.</exception>
    public long ReadInt64()
    {
        long start = reader.Consumed;
        Number number = ReadNumber("a whole number");
        return number.TryGetInt64(out long value) ? value : throw OutOfRange(start, number.ToString(), "a whole number of 64 bits");
    }

    /// <summary>Reads a whole number, 0..2⁶⁴-1, in any encoding (also a float without fraction up to 2⁵³).</summary>
    /// <exception cref="MessagePackFormatException">See the remarks of the type.</exception>
    public ulong ReadUInt64()
    {
        long start = reader.Consumed;
        Number number = ReadNumber("a whole number");
        return number.TryGetUInt64(out ulong value) ? value : throw OutOfRange(start, number.ToString(), "an unsigned whole number of 64 bits");
    }

    /// <summary>Reads a number of any encoding as a double; a whole number beyond 2⁵³ is rounded.</summary>
    /// <exception cref="MessagePackFormatException">See the remarks of the type.</exception>
    public double ReadDouble() => ReadNumber("a number").ToDouble();

    /// <summary>Reads a number as a float; one that is no float exactly is rounded.</summary>
    /// <exception cref="MessagePackFormatException">See the remarks of the type; also when it is finite and too large for a float.</exception>
    public float ReadSingle()
    {
        long start = reader.Consumed;
        double value = ReadDouble();
        float single = (float)value;
        return float.IsInfinity(single) && double.IsFinite(value) ? throw OutOfRange(start, value.ToString("R"), "a 32-bit float") : single;
    }

    /// <summary>Reads a whole number if the next value is one that fits.</summary>
    /// <param name="value">The number.</param>
    /// <returns>False, and nothing read, when the next value is something else or does not fit.</returns>
    /// <exception cref="MessagePackFormatException">There is no next value, or it is cut short.</exception>
    public bool TryReadInt64(out long value)
    {
        value = 0;
        if (NextType is not (MessagePackType.Integer or MessagePackType.Float))
        {
            return false;
        }

        if (!PeekNumber(out int length).TryGetInt64(out value))
        {
            return false;
        }

        reader.Advance(length);
        EndValue();
        return true;
    }

    private void SkipNumber() => ReadNumber("a number");

    private Number ReadNumber(string wanted)
    {
        if (NextType is not (MessagePackType.Integer or MessagePackType.Float))
        {
            throw Unexpected(wanted);
        }

        Number number = PeekNumber(out int length);
        reader.Advance(length);
        EndValue();
        return number;
    }

    // The next value is known to be a number.
    private readonly Number PeekNumber(out int length)
    {
        byte code = PeekCode();
        length = 1;
        if (code is <= FormatCode.MaxPositiveFixInt or >= FormatCode.MinNegativeFixInt)
        {
            return Number.Of((sbyte)code);
        }

        length = code switch
        {
            FormatCode.UInt8 or FormatCode.Int8 => 2,
            FormatCode.UInt16 or FormatCode.Int16 => 3,
            FormatCode.UInt32 or FormatCode.Int32 or FormatCode.Float32 => 5,
            _ => 9,
        };
        Span<byte> bytes = stackalloc byte[9];
        bytes = bytes[..length];
        if (!reader.TryCopyTo(bytes))
        {
            throw Truncated(reader.Consumed, "number");
        }

        bytes = bytes[1..];
        return code switch
        {
            FormatCode.UInt8 => Number.Of((long)bytes[0]),
            FormatCode.UInt16 => Number.Of((long)BinaryPrimitives.ReadUInt16BigEndian(bytes)),
            FormatCode.UInt32 => Number.Of((long)BinaryPrimitives.ReadUInt32BigEndian(bytes)),
            FormatCode.UInt64 => Number.Of(BinaryPrimitives.ReadUInt64BigEndian(bytes)),
            FormatCode.Int8 => Number.Of((sbyte)bytes[0]),
            FormatCode.Int16 => Number.Of(BinaryPrimitives.ReadInt16BigEndian(bytes)),
            FormatCode.Int32 => Number.Of(BinaryPrimitives.ReadInt32BigEndian(bytes)),
            FormatCode.Int64 => Number.Of(BinaryPrimitives.ReadInt64BigEndian(bytes)),
            FormatCode.Float32 => Number.Of((double)BinaryPrimitives.ReadSingleBigEndian(bytes)),
            _ => Number.Of(BinaryPrimitives.ReadDoubleBigEndian(bytes)),
        };
    }

    private static MessagePackFormatException OutOfRange(long start, string value, string allowed) => new(start, $"{value} does not fit into {allowed}.");

    // One of three: a long, a ulong above long.MaxValue, or a double.
    private readonly struct Number
    {
        private readonly long whole;
        private readonly double real;
        private readonly Kind kind;

        private Number(Kind kind, long whole, double real)
        {
            this.kind = kind;
            this.whole = whole;
            this.real = real;
        }

        private enum Kind
        {
            Signed,
            HugeUnsigned,
            Real,
        }

        public static Number Of(long value) => new(Kind.Signed, value, 0);

        public static Number Of(ulong value) => new(value <= long.MaxValue ? Kind.Signed : Kind.HugeUnsigned, unchecked((long)value), 0);

        public static Number Of(double value) => new(Kind.Real, 0, value);

        public bool TryGetInt64(out long value)
        {
            value = kind == Kind.Real && IsWhole ? (long)real : whole;
            return kind == Kind.Signed || (kind == Kind.Real && IsWhole);
        }

        public bool TryGetUInt64(out ulong value)
        {
            if (kind == Kind.HugeUnsigned)
            {
                value = unchecked((ulong)whole);
                return true;
            }

            bool fits = TryGetInt64(out long signed) && signed >= 0;
            value = fits ? (ulong)signed : 0;
            return fits;
        }

        public double ToDouble() => kind switch
        {
            Kind.Signed => whole,
            Kind.HugeUnsigned => unchecked((ulong)whole),
            _ => real,
        };

        public override string ToString() => kind switch
        {
            Kind.Signed => whole.ToString(),
            Kind.HugeUnsigned => unchecked((ulong)whole).ToString(),
            _ => real.ToString("R"),
        };

        private bool IsWhole => Math.Abs(real) <= MaxSafeInteger && Math.Truncate(real) == real;
    }
}
