using System.Buffers.Binary;

namespace RSocketIm.LoadTest.Engine;

/// <summary>A client's half of WebSocket: frames of the server are walked where they lie, own ones are masked with zeros, which is legal and leaves them as they are.</summary>
/// <param name="text">Messages are text instead of binary.</param>
internal sealed class WebSocketFraming(bool text) : Framing
{
    private const int Final = 0x80;
    private const int Text = 1;
    private const int Binary = 2;
    private const int Close = 8;
    private const int Ping = 9;
    private const int Pong = 10;
    private const int Masked = 0x80;
    private const int MaskLength = 4;

    // A message of several frames; most servers never send one.
    private byte[]? pieces;
    private bool isUpgraded;

    public override int Read(LoadSocket socket, ReadOnlySpan<byte> received)
    {
        ReadOnlySpan<byte> rest = received;
        if (!isUpgraded)
        {
            if (!WebSocketUpgrade.TryReadAnswer(received, out int answer, out string? refusal))
            {
                return 0;
            }

            if (refusal is not null)
            {
                socket.Fail(refusal);
                return received.Length;
            }

            rest = rest[answer..];
            isUpgraded = true;
            socket.Release();
        }

        while (TryReadHeader(rest, out int header, out int length) && rest.Length - header >= length)
        {
            byte first = rest[0];
            ReadOnlySpan<byte> payload = rest.Slice(header, length);
            rest = rest[(header + length)..];
            if (pieces is null && first is (Final | Binary) or (Final | Text))
            {
                socket.Receiver.OnMessage(socket, payload);
            }
            else
            {
                ReadOther(socket, first, payload);
            }
        }

        return received.Length - rest.Length;
    }

    public override byte[] Wrap(ReadOnlySpan<byte> message) => Wrap(text ? Text : Binary, message);

    private static bool TryReadHeader(ReadOnlySpan<byte> bytes, out int header, out int length)
    {
        header = 2;
        length = bytes.Length < 2 ? 0 : bytes[1];
        if (length < 126)
        {
            return bytes.Length >= header;
        }

        header = length == 126 ? 4 : 10;
        if (bytes.Length < header)
        {
            return false;
        }

        length = header == 4 ? BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]) : checked((int)BinaryPrimitives.ReadUInt64BigEndian(bytes[2..]));
        return true;
    }

    private static byte[] Wrap(int opcode, ReadOnlySpan<byte> message)
    {
        int header = message.Length < 126 ? 2 : message.Length <= ushort.MaxValue ? 4 : 10;
        byte[] frame = new byte[header + MaskLength + message.Length];
        frame[0] = (byte)(Final | opcode);
        frame[1] = (byte)(Masked | (header == 2 ? message.Length : header == 4 ? 126 : 127));
        if (header == 4)
        {
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), (ushort)message.Length);
        }
        else if (header == 10)
        {
            BinaryPrimitives.WriteUInt64BigEndian(frame.AsSpan(2), (ulong)message.Length);
        }

        message.CopyTo(frame.AsSpan(header + MaskLength));
        return frame;
    }

    private void ReadOther(LoadSocket socket, byte first, ReadOnlySpan<byte> payload)
    {
        switch (first & 0x0F)
        {
            case Ping:
                socket.Write(Wrap(Pong, payload));
                break;
            case Pong:
                break;
            case Close:
                socket.Fail(payload.Length < 2
                    ? "WebSocket closed without a code"
                    : $"WebSocket closed with {BinaryPrimitives.ReadUInt16BigEndian(payload)} {System.Text.Encoding.UTF8.GetString(payload[2..])}");
                break;
            default:
                pieces = [.. pieces ?? [], .. payload];
                if ((first & Final) != 0)
                {
                    byte[] whole = pieces;
                    pieces = null;
                    socket.Receiver.OnMessage(socket, whole);
                }

                break;
        }
    }
}
