using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace RSocketIm.Protocol.Frames;

/// <summary>ERROR (0x0B): a stream ends by failure, or (stream 0) the connection does.</summary>
/// <remarks>Spec: Protocol.md, "ERROR Frame (0x0B)" and "Error Codes".</remarks>
public readonly ref struct ErrorFrame
{
    // |                      Error Code (32)                          |
    // |               Error data (UTF-8, no NUL)     ...            |

    /// <summary>The longest message read or written, in bytes of UTF-8: 4096. Enough for a sentence and a stack trace's top.</summary>
    public const int MaxMessageLength = 4096;

    private const int FixedLength = Frame.HeaderLength + sizeof(uint);

    /// <summary>The stream that ends, or 0 for the connection.</summary>
    public int StreamId { get; private init; }

    /// <summary>Why, possibly a number without a name: 0x301..0xFFFFFFFE belong to the application.</summary>
    public ErrorCode Code { get; private init; }

    /// <summary>The error data as they came.</summary>
    public ReadOnlySequence<byte> Data { get; private init; }

    /// <summary>The first 4096 bytes of the data as text for people; bytes that are not UTF-8 become U+FFFD. Decoded at each call.</summary>
    public string Message
    {
        get
        {
            if (Data.Length <= MaxMessageLength)
            {
                return Encoding.UTF8.GetString(Data);
            }

            Span<byte> bytes = stackalloc byte[MaxMessageLength + 1];
            Data.Slice(0, bytes.Length).CopyTo(bytes);

            // The cut must not halve a character: step back over continuation bytes (10xxxxxx), of which one has at most three.
            int end = MaxMessageLength;
            while (end > MaxMessageLength - 3 && (bytes[end] & 0xC0) == 0x80)
            {
                end--;
            }

            return Encoding.UTF8.GetString(bytes[..end]);
        }
    }

    /// <summary>Reads an ERROR.</summary>
    /// <param name="frame">A frame of type ERROR.</param>
    /// <returns>The error; it refers to the frame's bytes.</returns>
    /// <exception cref="ProtocolViolationException">The body is shorter than 4 bytes.</exception>
    public static ErrorFrame Read(scoped in Frame frame)
    {
        FieldReader body = new(frame);
        return new ErrorFrame { StreamId = frame.StreamId, Code = (ErrorCode)body.ReadInt32("error code"), Data = body.Rest };
    }

    /// <summary>The length of the whole frame in bytes, header included, after <paramref name="message"/> is cut to 4096 bytes.</summary>
    /// <param name="message">The text, any length.</param>
    public static int GetLength(string message) => FixedLength + Encode(message, default);

    /// <summary>Stages an ERROR; does not flush.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="streamId">The stream that ends, or 0 for the connection.</param>
    /// <param name="code">Why.</param>
    /// <param name="message">Text for people; NUL is left out, and what exceeds 4096 bytes of UTF-8 is cut off between characters.</param>
    public static void Write(IBufferWriter<byte> output, int streamId, ErrorCode code, string message)
    {
        ArgumentNullException.ThrowIfNull(output);
        int length = GetLength(message);
        Span<byte> span = output.GetSpan(length)[..length];
        FrameHeader.Write(span, streamId, FrameType.Error, FrameFlags.None);
        BinaryPrimitives.WriteUInt32BigEndian(span[Frame.HeaderLength..], (uint)code);
        Encode(message, span[FixedLength..]);
        output.Advance(length);
    }

    // Counts when there is no destination, so that the count and the bytes cannot disagree.
    private static int Encode(string message, Span<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(message);
        int length = 0;
        foreach (Rune character in message.EnumerateRunes())
        {
            if (character.Value == 0)
            {
                continue;
            }

            if (length + character.Utf8SequenceLength > MaxMessageLength)
            {
                break;
            }

            if (!destination.IsEmpty)
            {
                character.EncodeToUtf8(destination[length..]);
            }

            length += character.Utf8SequenceLength;
        }

        return length;
    }
}
