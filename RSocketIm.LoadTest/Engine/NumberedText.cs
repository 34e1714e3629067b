using System.Buffers.Binary;

namespace RSocketIm.LoadTest.Engine;

/// <summary>The text of a load: eight letters that are a number, then padding. Letters, so that every format carries them as they are.</summary>
internal static class NumberedText
{
    /// <summary>The shortest text, in bytes.</summary>
    public const int MinLength = 16;

    private const ulong Padding = 0x2D2D2D2D2D2D2D2D; // "--------"
    private const ulong FirstLetter = 0x6161616161616161; // "aaaaaaaa": 0

    /// <summary>Number 0.</summary>
    /// <param name="length">Bytes, at least <see cref="MinLength"/>.</param>
    public static byte[] Create(int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, MinLength);
        byte[] text = new byte[length];
        text.AsSpan().Fill((byte)'-');
        Write(text, 0);
        return text;
    }

    /// <summary>Writes a number over the first eight letters.</summary>
    public static void Write(Span<byte> text, int number)
    {
        ulong x = (uint)number;
        x = (x | (x << 16)) & 0x0000FFFF0000FFFF;
        x = (x | (x << 8)) & 0x00FF00FF00FF00FF;
        x = (x | (x << 4)) & 0x0F0F0F0F0F0F0F0F;
        BinaryPrimitives.WriteUInt64BigEndian(text, x + FirstLetter);
    }

    /// <summary>Finds a text in a message.</summary>
    /// <param name="message">It holds at most one.</param>
    /// <param name="place">Where it was found in the last message: mostly it is there again. Changed when it is not.</param>
    /// <param name="number">Its number.</param>
    /// <returns>False when there is none.</returns>
    public static bool TryRead(ReadOnlySpan<byte> message, ref int place, out int number)
    {
        if (!IsAt(message, place))
        {
            place = message.IndexOf("--------"u8) - sizeof(ulong);
            if (place < 0 || !IsAt(message, place))
            {
                place = 0;
                number = 0;
                return false;
            }
        }

        number = Read(message[place..]);
        return true;
    }

    /// <summary>The number of a text that begins here.</summary>
    public static int Read(ReadOnlySpan<byte> text)
    {
        ulong x = BinaryPrimitives.ReadUInt64BigEndian(text) - FirstLetter;
        x = (x | (x >> 4)) & 0x00FF00FF00FF00FF;
        x = (x | (x >> 8)) & 0x0000FFFF0000FFFF;
        return (int)(uint)(x | (x >> 16));
    }

    // The padding follows, and the letter before it is none of the padding: that a place is one too early would show there.
    private static bool IsAt(ReadOnlySpan<byte> message, int place) =>
        message.Length - place >= MinLength
        && BinaryPrimitives.ReadUInt64LittleEndian(message[(place + sizeof(ulong))..]) == Padding
        && message[place + sizeof(ulong) - 1] != (byte)'-';
}
