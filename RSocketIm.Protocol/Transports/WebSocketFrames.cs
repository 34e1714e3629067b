using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace RSocketIm.Protocol.Transports;

/// <summary>The frames of the WebSocket protocol as a server writes and reads them.</summary>
/// <remarks>Spec: RFC 6455, section 5. No extension is negotiated, so the reserved bits are 0; a server does not mask.</remarks>
internal static class WebSocketFrames
{
    public const int MaxHeaderLength = 10;
    public const int MaxControlPayloadLength = 125;

    public const byte Final = 0x80;
    public const byte Reserved = 0x70;
    public const byte OpcodeMask = 0x0F;
    public const byte Continuation = 0x0;
    public const byte Text = 0x1;
    public const byte Binary = 0x2;
    public const byte Close = 0x8;
    public const byte Ping = 0x9;
    public const byte Pong = 0xA;

    /// <summary>Writes the header of a whole binary message.</summary>
    /// <param name="header">At least <see cref="MaxHeaderLength"/> bytes.</param>
    /// <param name="length">The message's length in bytes.</param>
    /// <returns>The header's length in bytes.</returns>
    public static int WriteBinaryHeader(Span<byte> header, int length)
    {
        int headerLength = HeaderLength(length);
        header[0] = Final | Binary;
        switch (headerLength)
        {
            case 2:
                header[1] = (byte)length;
                break;
            case 4:
                header[1] = 126;
                BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)length);
                break;
            default:
                header[1] = 127;
                BinaryPrimitives.WriteUInt64BigEndian(header[2..], (ulong)length);
                break;
        }

        return headerLength;
    }

    /// <summary>What <see cref="WriteBinaryHeader"/> writes for a message of this length, in bytes.</summary>
    public static int HeaderLength(int length) => length <= 125 ? 2 : length <= ushort.MaxValue ? 4 : 10;

    /// <summary>Makes a control frame.</summary>
    /// <param name="opcode">Which.</param>
    /// <param name="payload">At most <see cref="MaxControlPayloadLength"/> bytes.</param>
    public static byte[] Control(byte opcode, ReadOnlySpan<byte> payload) => [(byte)(Final | opcode), (byte)payload.Length, .. payload];

    /// <summary>Takes the mask off a payload, in place.</summary>
    /// <param name="payload">The whole payload of one frame.</param>
    /// <param name="mask">The masking key as it stands in the frame, read in this machine's byte order.</param>
    public static void Unmask(Span<byte> payload, uint mask)
    {
        if (mask == 0)
        {
            return;
        }

        ref byte at = ref MemoryMarshal.GetReference(payload);
        int done = 0;
        Vector128<byte> masks = Vector128.Create(mask).AsByte();
        for (; payload.Length - done >= Vector128<byte>.Count; done += Vector128<byte>.Count)
        {
            (Vector128.LoadUnsafe(ref at, (nuint)done) ^ masks).StoreUnsafe(ref at, (nuint)done);
        }

        for (; payload.Length - done >= sizeof(uint); done += sizeof(uint))
        {
            ref byte four = ref Unsafe.Add(ref at, done);
            Unsafe.WriteUnaligned(ref four, Unsafe.ReadUnaligned<uint>(ref four) ^ mask);
        }

        ReadOnlySpan<byte> rest = MemoryMarshal.AsBytes(new ReadOnlySpan<uint>(in mask));
        for (int i = 0; done < payload.Length; done++, i++)
        {
            payload[done] ^= rest[i];
        }
    }
}
