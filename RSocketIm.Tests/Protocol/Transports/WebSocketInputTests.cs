using System.Net.WebSockets;
using System.Text;
using RSocketIm.Protocol.Transports;
using ProtocolViolationException = RSocketIm.Protocol.Frames.ProtocolViolationException;

namespace RSocketIm.Tests.Protocol.Transports;

/// <summary>What a WebSocket client sends, byte by byte.</summary>
public sealed class WebSocketInputTests
{
    private const byte Final = 0x80;

    // RFC 6455, section 5.7.
    private static readonly byte[] MaskedHello = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];

    [Fact]
    public void ExampleOfTheSpec_IsUnmasked()
    {
        Assert.Equal([(WebSocketEvent.Message, "Hello")], Read([Final | 2, .. MaskedHello[1..]]));
    }

    [Fact]
    public void Conversation_CutAtEveryByte_IsTheSame()
    {
        byte[] bytes =
        [
            .. Frame(Final | 2, "one"), .. Frame(Final | 9, "ping"), .. Frame(2, "tw"), .. Frame(0, ""), .. Frame(Final | 9, ""), .. Frame(0, new string('x', 300)),
            .. Frame(Final | 10, "an answer nobody asked for"), .. Frame(Final | 0, "o"), .. Frame(Final | 2, new string('y', 70_000)), .. Frame(Final | 2, ""),
            .. Frame(Final | 8, "\u0003\u00e8"),
        ];
        (WebSocketEvent, string)[] expected =
        [
            (WebSocketEvent.Message, "one"), (WebSocketEvent.Ping, "ping"), (WebSocketEvent.Ping, ""), (WebSocketEvent.Message, "tw" + new string('x', 300) + "o"),
            (WebSocketEvent.Message, new string('y', 70_000)), (WebSocketEvent.Message, ""), (WebSocketEvent.Close, "\u0003\u00e8"),
        ];
        Assert.Equal(expected, Read(bytes));
        for (int at = 1; at < bytes.Length; at += at is < 500 or > 70_400 ? 1 : 997)
        {
            Assert.Equal(expected, Read(bytes[..at], bytes[at..]));
        }

        Assert.Equal(expected, Read([.. bytes.Select(static one => new[] { one })]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(31)]
    [InlineData(125)]
    [InlineData(126)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    public void Message_OfAnyLength_IsUnmaskedInFull(int length)
    {
        string text = string.Concat(Enumerable.Range(0, length).Select(static i => (char)('a' + (i % 26))));
        Assert.Equal([(WebSocketEvent.Message, text)], Read(Frame(Final | 2, text)));
    }

    [Theory]
    [InlineData("82 00", WebSocketCloseStatus.ProtocolError)]                             // no mask
    [InlineData("C2 80 00000000", WebSocketCloseStatus.ProtocolError)]                    // a reserved bit
    [InlineData("A2 80 00000000", WebSocketCloseStatus.ProtocolError)]
    [InlineData("92 80 00000000", WebSocketCloseStatus.ProtocolError)]
    [InlineData("83 80 00000000", WebSocketCloseStatus.ProtocolError)]                    // opcodes that do not exist
    [InlineData("87 80 00000000", WebSocketCloseStatus.ProtocolError)]
    [InlineData("8B 80 00000000", WebSocketCloseStatus.ProtocolError)]
    [InlineData("09 80 00000000", WebSocketCloseStatus.ProtocolError)]                    // a ping in pieces
    [InlineData("89 FE 007E 00000000", WebSocketCloseStatus.ProtocolError)]               // a ping of 126 bytes
    [InlineData("88 FE 007E 00000000", WebSocketCloseStatus.ProtocolError)]
    [InlineData("80 80 00000000", WebSocketCloseStatus.ProtocolError)]                    // goes on without a beginning
    [InlineData("02 80 00000000 82 80 00000000", WebSocketCloseStatus.ProtocolError)]     // begins within another
    [InlineData("81 80 00000000", WebSocketCloseStatus.InvalidMessageType)]               // text
    [InlineData("82 FE 03E9 00000000", WebSocketCloseStatus.MessageTooBig)]               // 1,001 bytes
    [InlineData("82 FF 7FFFFFFFFFFFFFFF 00000000", WebSocketCloseStatus.MessageTooBig)]
    [InlineData("82 FF FFFFFFFFFFFFFFFF 00000000", WebSocketCloseStatus.MessageTooBig)]
    public void Violation_IsMetAtItsHeader_AndWhatFollowsIsPassedOver(string hex, WebSocketCloseStatus status)
    {
        WebSocketInput input = new() { MaxMessageLength = 1_000 };
        input.Put(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)));
        Assert.Throws<ProtocolViolationException>(() => input.TryNext(out _));
        Assert.Equal(status, input.Violation);
        input.Skip();
        Assert.Equal(WebSocketEvent.None, input.TryNext(out _));
    }

    [Fact]
    public void AfterAViolation_TheCloseIsStillFound_AndNothingIsKept()
    {
        WebSocketInput input = new() { MaxMessageLength = 1_000 };
        input.Put(Frame(1, "text"));
        Assert.Throws<ProtocolViolationException>(() => input.TryNext(out _));
        input.Skip();
        foreach (byte[] piece in Frame(0, new string('x', 1 << 20)).Chunk(4_096))
        {
            input.Put(piece);
            Assert.Equal(WebSocketEvent.None, input.TryNext(out _));
            Assert.True(input.IsEmpty);
        }

        input.Put(Frame(Final | 8, ""));
        Assert.Equal(WebSocketEvent.Close, input.TryNext(out _));
    }

    [Fact]
    public void MessageInPieces_LongerThanAllowed_IsRefusedAtThePieceThatExceeds()
    {
        WebSocketInput input = new() { MaxMessageLength = 1_000 };
        input.Put([.. Frame(2, new string('x', 600)), .. Frame(0, new string('x', 400))]);
        Assert.Equal(WebSocketEvent.None, input.TryNext(out _));
        input.Put(Frame(0, "y").AsSpan(0, 6));
        Assert.Throws<ProtocolViolationException>(() => input.TryNext(out _));
        Assert.Equal(WebSocketCloseStatus.MessageTooBig, input.Violation);
    }

    [Fact]
    public void DeclaredLength_OfWhatHasNotCome_TakesNoMemory()
    {
        WebSocketInput input = new() { MaxMessageLength = 1 << 24 };
        input.Put([0x82, 0xFF, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0]);
        Assert.Equal(WebSocketEvent.None, input.TryNext(out _));
        Assert.InRange(input.Capacity, 1, 8_192);
    }

    private static List<(WebSocketEvent Event, string Content)> Read(params byte[][] pieces)
    {
        WebSocketInput input = new() { MaxMessageLength = 1 << 20 };
        List<(WebSocketEvent Event, string Content)> found = [];
        foreach (byte[] piece in pieces)
        {
            input.Put(piece);
            for (WebSocketEvent next; (next = input.TryNext(out ReadOnlyMemory<byte> content)) != WebSocketEvent.None;)
            {
                found.Add((next, Encoding.Latin1.GetString(content.Span)));
            }
        }

        Assert.True(input.IsEmpty);
        input.ReturnArray();
        return found;
    }

    private static byte[] Frame(byte first, string content)
    {
        byte[] payload = Encoding.Latin1.GetBytes(content);
        byte[] mask = [0x12, 0x34, 0x56, 0x78];
        byte[] length = payload.Length switch
        {
            < 126 => [(byte)(0x80 | payload.Length)],
            < 65_536 => [0x80 | 126, (byte)(payload.Length >> 8), (byte)payload.Length],
            _ => [0x80 | 127, 0, 0, 0, 0, (byte)(payload.Length >> 24), (byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length],
        };
        return [first, .. length, .. mask, .. payload.Select((one, i) => (byte)(one ^ mask[i % 4]))];
    }
}
