using System.Buffers.Binary;
using RSocketIm.Protocol.Frames;

namespace RSocketIm.LoadTest.Engine;

/// <summary>RSocket over TCP: 24 bits of length before each frame.</summary>
internal sealed class LengthPrefixFraming : Framing
{
    public override int Read(LoadSocket socket, ReadOnlySpan<byte> received)
    {
        ReadOnlySpan<byte> rest = received;
        while (rest.Length >= FrameHeader.LengthPrefixLength)
        {
            int length = (rest[0] << 16) | BinaryPrimitives.ReadUInt16BigEndian(rest[1..]);
            if (rest.Length - FrameHeader.LengthPrefixLength < length)
            {
                break;
            }

            socket.Receiver.OnMessage(socket, rest.Slice(FrameHeader.LengthPrefixLength, length));
            rest = rest[(FrameHeader.LengthPrefixLength + length)..];
        }

        return received.Length - rest.Length;
    }

    public override byte[] Wrap(ReadOnlySpan<byte> message)
    {
        byte[] frame = new byte[FrameHeader.LengthPrefixLength + message.Length];
        FrameHeader.WriteLengthPrefix(frame, message.Length);
        message.CopyTo(frame.AsSpan(FrameHeader.LengthPrefixLength));
        return frame;
    }
}
