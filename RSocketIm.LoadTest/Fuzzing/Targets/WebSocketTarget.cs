using System.Buffers;
using System.Buffers.Binary;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Transports;

namespace RSocketIm.LoadTest.Fuzzing.Targets;

/// <summary>What a WebSocket's client sends: messages, pieces of messages, control frames between them, and what is none of these.</summary>
/// <remarks>Each piece of the input is one read of the socket. After a violation the rest is passed over, as the transport does it.</remarks>
internal sealed class WebSocketTarget : FuzzTarget
{
    private const int MaxMessageLength = 1_000;
    private const ulong Kinds = 7 * 7 * 7 * 7; // the last four things that came

    private static readonly byte[] Opcodes = [WebSocketFrames.Binary, WebSocketFrames.Binary, WebSocketFrames.Continuation, WebSocketFrames.Ping, WebSocketFrames.Pong, WebSocketFrames.Close, WebSocketFrames.Text];

    public override string Name => "websocket";

    public override void Generate(FuzzRandom random, ArrayBufferWriter<byte> output)
    {
        for (int left = random.Between(0, 8); left > 0; left--)
        {
            WriteFrame(random, output);
        }
    }

    // Nothing leaves Read: a violation is an outcome like a message.
    public override bool IsDocumented(Exception error) => false;

    public override ulong Read(in ReadOnlySequence<byte> input)
    {
        WebSocketInput reader = new() { MaxMessageLength = MaxMessageLength };
        FuzzDigest digest = default;
        bool violated = false;
        Shape = 0;
        foreach (ReadOnlyMemory<byte> piece in input)
        {
            reader.Put(piece.Span);
            while (TryNext(reader, ref digest, ref violated))
            {
                // Everything that is whole.
            }
        }

        digest.Add(violated);
        digest.Add((ulong)reader.Violation);
        Require(reader.Capacity <= 8_192 + (4L * input.Length), $"{reader.Capacity} bytes are held for {input.Length}.");
        reader.ReturnArray();
        return digest.Value;
    }

    private bool TryNext(WebSocketInput reader, ref FuzzDigest digest, ref bool violated)
    {
        try
        {
            WebSocketEvent found = reader.TryNext(out ReadOnlyMemory<byte> content);
            if (found == WebSocketEvent.None)
            {
                return false;
            }

            Require(found != WebSocketEvent.Message || (!violated && content.Length <= MaxMessageLength), "A message came that is too long, or after the violation.");
            Shape = ((Shape * 7) + (ulong)found + 1) % Kinds;
            digest.Add((ulong)found);
            digest.Add(content.Span);
            return true;
        }
        catch (ProtocolViolationException violation)
        {
            Require(!violated, "What is passed over was found to be a violation.");
            violated = true;
            Shape = ((Shape * 7) + 6) % Kinds;
            digest.Add(violation.Message);
            reader.Skip();
            return true;
        }
    }

    private static void WriteFrame(FuzzRandom random, ArrayBufferWriter<byte> output)
    {
        int length = random.Length(random.OneIn(4) ? 1_100 : 130);
        byte first = random.OneIn(20) ? (byte)random.Next() : (byte)(random.Pick<byte>(Opcodes) | (random.OneIn(4) ? 0 : WebSocketFrames.Final));
        byte masked = random.OneIn(30) ? (byte)0 : (byte)0x80;
        long announced = random.OneIn(30) ? random.Boundary() : length;
        Span<byte> header = stackalloc byte[14];
        header[0] = first;
        int at = 2;
        switch (random.OneIn(10) ? random.Below(3) : announced switch { >= 0 and < 126 => 0, >= 0 and <= ushort.MaxValue => 1, _ => 2 })
        {
            case 0:
                header[1] = (byte)(masked | (byte)(announced & 0x7F));
                break;
            case 1:
                header[1] = (byte)(masked | 126);
                BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)announced);
                at += sizeof(ushort);
                break;
            default:
                header[1] = (byte)(masked | 127);
                BinaryPrimitives.WriteInt64BigEndian(header[2..], announced);
                at += sizeof(long);
                break;
        }

        if (masked != 0)
        {
            random.Fill(header.Slice(at, sizeof(uint)));
            at += sizeof(uint);
        }

        output.Write(header[..at]);
        random.Fill(output.GetSpan(length)[..length]);
        output.Advance(length);
    }
}
