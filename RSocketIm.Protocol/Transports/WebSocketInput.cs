using System.Buffers;
using System.Buffers.Binary;
using System.Net.WebSockets;
using System.Runtime.InteropServices;
using ProtocolViolationException = RSocketIm.Protocol.Frames.ProtocolViolationException;

namespace RSocketIm.Protocol.Transports;

/// <summary>Cuts what a WebSocket client sends into messages, where they lie: pure, no input or output.</summary>
/// <remarks>
/// Bytes are copied in by <see cref="Put"/>, unmasked in place, and handed out as slices. The array grows with what has arrived,
/// never with what a header promises. Spec: RFC 6455, sections 5.1 to 5.5.
/// </remarks>
internal sealed class WebSocketInput
{
    private const int FirstArrayBytes = 4_096;

    private byte[] array = [];
    private int start; // of what nobody has looked at
    private int end;
    private bool inMessage; // a message is here whose last frame is not
    private int messageStart;
    private int messageLength;
    private bool skipping;
    private long toSkip;

    /// <summary>Longest message accepted, in bytes.</summary>
    public int MaxMessageLength { get; set; }

    /// <summary>What the last violation is to the protocol.</summary>
    public WebSocketCloseStatus Violation { get; private set; } = WebSocketCloseStatus.NormalClosure;

    /// <summary>Bytes of memory held.</summary>
    public int Capacity => array.Length;

    /// <summary>Whether nothing is here that is needed any more, apart from what was handed out last.</summary>
    public bool IsEmpty => start == end && !inMessage;

    /// <summary>Takes bytes that have arrived; ends what was handed out last.</summary>
    public void Put(ReadOnlySpan<byte> bytes)
    {
        if (IsEmpty)
        {
            start = end = 0;
        }

        while (!bytes.IsEmpty)
        {
            if (end == array.Length)
            {
                MakeRoom();
            }

            int count = Math.Min(array.Length - end, bytes.Length);
            bytes[..count].CopyTo(array.AsSpan(end));
            end += count;
            bytes = bytes[count..];
        }
    }

    /// <summary>Gives the memory back while nothing is in it; ends what was handed out last.</summary>
    public void ReturnArray()
    {
        if (array.Length != 0)
        {
            ArrayPool<byte>.Shared.Return(array);
            array = [];
        }

        start = end = 0;
        inMessage = false;
    }

    /// <summary>From now on messages are passed over, as are further violations; pings and the close are still found.</summary>
    public void Skip()
    {
        skipping = true;
        inMessage = false;
    }

    /// <summary>Looks for the next message or control frame; a pong is passed over.</summary>
    /// <param name="content">What it holds, until the next call of this, <see cref="Put"/> or <see cref="ReturnArray"/>.</param>
    /// <exception cref="ProtocolViolationException">The client broke the protocol, or the message is too long: <see cref="Skip"/> the rest.</exception>
    public WebSocketEvent TryNext(out ReadOnlyMemory<byte> content)
    {
        content = default;
        while (TrySkip() && TryReadHeader(out Header header))
        {
            if (header.IsControl)
            {
                if (end - start < header.Length + header.PayloadLength)
                {
                    return WebSocketEvent.None;
                }

                content = TakePayload(header);
                switch (header.Opcode)
                {
                    case WebSocketFrames.Ping:
                        return WebSocketEvent.Ping;
                    case WebSocketFrames.Close:
                        return WebSocketEvent.Close;
                    default:
                        continue;
                }
            }

            if (skipping)
            {
                start += header.Length;
                toSkip = header.PayloadLength;
                continue;
            }

            if (end - start < header.Length + header.PayloadLength)
            {
                return WebSocketEvent.None;
            }

            Memory<byte> payload = TakePayload(header);
            if (header.IsFinal && !inMessage)
            {
                content = payload;
                return WebSocketEvent.Message;
            }

            Append(payload);
            if (header.IsFinal)
            {
                inMessage = false;
                content = array.AsMemory(messageStart, messageLength);
                return WebSocketEvent.Message;
            }
        }

        return WebSocketEvent.None;
    }

    // False: all that is here belongs to what is passed over.
    private bool TrySkip()
    {
        int step = (int)Math.Min(toSkip, end - start);
        start += step;
        toSkip -= step;
        return toSkip == 0;
    }

    private bool TryReadHeader(out Header header)
    {
        ReadOnlySpan<byte> bytes = array.AsSpan(start, end - start);
        header = default;
        if (bytes.Length < 2)
        {
            return false;
        }

        byte first = bytes[0];
        bool isMasked = (bytes[1] & 0x80) != 0;
        int shortLength = bytes[1] & 0x7F;
        int lengthBytes = shortLength switch { 126 => 2, 127 => 8, _ => 0 };
        int length = 2 + lengthBytes + (isMasked ? sizeof(uint) : 0);
        if (bytes.Length < length)
        {
            return false;
        }

        ulong payloadLength = lengthBytes switch
        {
            2 => BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]),
            8 => BinaryPrimitives.ReadUInt64BigEndian(bytes[2..]),
            _ => (ulong)shortLength,
        };
        uint mask = isMasked ? MemoryMarshal.Read<uint>(bytes[(length - sizeof(uint))..]) : 0;
        header = new Header(first, length, (long)Math.Min(payloadLength, long.MaxValue), mask);
        if (!skipping)
        {
            Check(header, isMasked, payloadLength);
        }

        return true;
    }

    // Before the payload is here: what is refused need not be waited for.
    private void Check(Header header, bool isMasked, ulong payloadLength)
    {
        if (!isMasked)
        {
            throw Violated(WebSocketCloseStatus.ProtocolError, "A WebSocket frame came without a mask.");
        }

        if (header.HasReservedBits)
        {
            throw Violated(WebSocketCloseStatus.ProtocolError, "A WebSocket frame has reserved bits set; no extension was agreed on.");
        }

        if (header.Opcode is not (WebSocketFrames.Continuation or WebSocketFrames.Text or WebSocketFrames.Binary
            or WebSocketFrames.Close or WebSocketFrames.Ping or WebSocketFrames.Pong))
        {
            throw Violated(WebSocketCloseStatus.ProtocolError, $"There is no WebSocket opcode 0x{header.Opcode:X}.");
        }

        if (header.Opcode >= WebSocketFrames.Close)
        {
            if (!header.IsFinal || payloadLength > WebSocketFrames.MaxControlPayloadLength)
            {
                throw Violated(WebSocketCloseStatus.ProtocolError, "A WebSocket control frame is one frame of at most 125 bytes.");
            }

            return;
        }

        if (header.Opcode == WebSocketFrames.Text)
        {
            throw Violated(WebSocketCloseStatus.InvalidMessageType, "A text message came; RSocket frames are binary messages.");
        }

        if (inMessage != (header.Opcode == WebSocketFrames.Continuation))
        {
            throw Violated(
                WebSocketCloseStatus.ProtocolError, inMessage ? "A WebSocket message began within another." : "A WebSocket message went on that had not begun.");
        }

        if (payloadLength > (ulong)(MaxMessageLength - (inMessage ? messageLength : 0)))
        {
            Violation = WebSocketCloseStatus.MessageTooBig;
            throw new ProtocolViolationException($"A frame is longer than {MaxMessageLength} bytes.") { IsFrameTooLong = true };
        }
    }

    private ProtocolViolationException Violated(WebSocketCloseStatus status, string message)
    {
        Violation = status;
        return new ProtocolViolationException(message);
    }

    private Memory<byte> TakePayload(Header header)
    {
        Memory<byte> payload = array.AsMemory(start + header.Length, (int)header.PayloadLength);
        WebSocketFrames.Unmask(payload.Span, header.Mask);
        start += header.Length + payload.Length;
        return payload;
    }

    // The payload lies behind the message, with headers between: it moves down to it.
    private void Append(Memory<byte> payload)
    {
        if (!inMessage)
        {
            inMessage = true;
            messageStart = start - payload.Length;
            messageLength = payload.Length;
            return;
        }

        payload.CopyTo(array.AsMemory(messageStart + messageLength));
        messageLength += payload.Length;
    }

    private void MakeRoom()
    {
        int kept = (inMessage ? messageLength : 0) + (end - start);
        byte[] target = kept <= array.Length / 2 && array.Length != 0
            ? array
            : ArrayPool<byte>.Shared.Rent(Math.Max(FirstArrayBytes, kept * 2)); // twice what has arrived: a peer pays for the memory it makes us hold
        int at = 0;
        if (inMessage)
        {
            array.AsSpan(messageStart, messageLength).CopyTo(target);
            messageStart = 0;
            at = messageLength;
        }

        array.AsSpan(start, end - start).CopyTo(target.AsSpan(at));
        end = at + (end - start);
        start = at;
        if (target != array)
        {
            if (array.Length != 0)
            {
                ArrayPool<byte>.Shared.Return(array);
            }

            array = target;
        }
    }

    /// <summary>The header of one frame.</summary>
    /// <param name="First">The byte with the flags and the opcode.</param>
    /// <param name="Length">Of the header, in bytes.</param>
    /// <param name="PayloadLength">In bytes; what is beyond a long counts as one.</param>
    /// <param name="Mask">0: none.</param>
    private readonly record struct Header(byte First, int Length, long PayloadLength, uint Mask)
    {
        public bool IsFinal => (First & WebSocketFrames.Final) != 0;

        public bool HasReservedBits => (First & WebSocketFrames.Reserved) != 0;

        public byte Opcode => (byte)(First & WebSocketFrames.OpcodeMask);

        // One that is no control frame after all, being too long or in pieces, is passed over as data are.
        public bool IsControl => Opcode >= WebSocketFrames.Close && IsFinal && PayloadLength <= WebSocketFrames.MaxControlPayloadLength;
    }
}
