using System.Net.Sockets;
using System.Text;

namespace RSocketIm.Tests.TestKit;

/// <summary>A client of the web server's port that makes every byte by itself, and reads no further than it is asked to.</summary>
internal sealed class RawWebClient : IDisposable
{
    /// <summary>The key of RFC 6455, section 1.3.</summary>
    public const string Key = "dGhlIHNhbXBsZSBub25jZQ==";

    /// <summary>What the RFC says is the answer to <see cref="Key"/>.</summary>
    public const string Accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

    private readonly Uri address;
    private readonly Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    private RawWebClient(Uri address) => this.address = address;

    public static async Task<RawWebClient> ConnectAsync(Uri address)
    {
        RawWebClient client = new(address);
        await client.socket.ConnectAsync(address.Host, address.Port).Within();
        return client;
    }

    /// <summary>Connects and says something at once.</summary>
    public static async Task<RawWebClient> ConnectAsync(Uri address, Func<RawWebClient, string> text)
    {
        RawWebClient client = await ConnectAsync(address);
        await client.SendAsync(text(client));
        return client;
    }

    /// <summary>A message of a client, masked with zeros.</summary>
    public static byte[] Message(byte first, byte[] content)
    {
        byte[] length = content.Length < 126 ? [(byte)(0x80 | content.Length)] : [0x80 | 126, (byte)(content.Length >> 8), (byte)content.Length];
        return [first, .. length, 0, 0, 0, 0, .. content];
    }

    /// <summary>The head of a handshake with which all is in order.</summary>
    /// <param name="headers">More headers, each with its line's end.</param>
    /// <param name="host">Null: the server's own address.</param>
    public string Handshake(string headers = "", string? host = null) =>
        $"GET /rsocket HTTP/1.1\r\nHost: {host ?? address.Authority}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {Key}\r\n{headers}\r\n";

    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    /// <summary>Sends bytes in one packet, if they are not too many.</summary>
    public Task SendAsync(byte[] bytes) => socket.SendAsync(bytes).Within();

    /// <summary>Sends frames, each a binary message.</summary>
    public Task SendFramesAsync(params byte[][] frames) => SendAsync([.. frames.SelectMany(static frame => Message(0x82, frame))]);

    /// <summary>What comes, up to and with a text.</summary>
    public async Task<string> ReadUntilAsync(string end)
    {
        StringBuilder text = new();
        while (!text.ToString().EndsWith(end, StringComparison.Ordinal))
        {
            byte[] one = new byte[1];
            Assert.True(await socket.ReceiveAsync(one).Within() == 1, $"\"{end}\" was expected and the connection ended behind: {text}");
            text.Append((char)one[0]);
        }

        return text.ToString();
    }

    /// <summary>The head of an answer, the empty line included.</summary>
    public Task<string> ReadHeadAsync() => ReadUntilAsync("\r\n\r\n");

    /// <summary>One message of the server: its first byte and its content.</summary>
    public async Task<(byte First, byte[] Content)> ReadMessageAsync()
    {
        byte[] head = await ReadAsync(2);
        int length = head[1];
        if (length == 126)
        {
            byte[] longer = await ReadAsync(2);
            length = (longer[0] << 8) | longer[1];
        }

        Assert.InRange(length, 0, 65_535);
        return (head[0], await ReadAsync(length));
    }

    /// <summary>The next frame, which is one binary message.</summary>
    public async Task<ReceivedFrame> ReadFrameAsync()
    {
        (byte first, byte[] content) = await ReadMessageAsync();
        Assert.Equal(0x82, first);
        return new ReceivedFrame(content);
    }

    /// <summary>Everything to the end, whether that is in order or a reset.</summary>
    public async Task<string> ReadToEndAsync()
    {
        StringBuilder text = new();
        byte[] buffer = new byte[4_096];
        try
        {
            int count;
            while ((count = await socket.ReceiveAsync(buffer).Within()) > 0)
            {
                text.Append(Encoding.Latin1.GetString(buffer, 0, count));
            }
        }
        catch (SocketException)
        {
            // A reset, which is an end too.
        }

        return text.ToString();
    }

    /// <summary>Ends this direction in order.</summary>
    public void End() => socket.Shutdown(SocketShutdown.Send);

    public void Reset() => socket.Close(0);

    public void Dispose() => socket.Dispose();

    private async Task<byte[]> ReadAsync(int count)
    {
        byte[] bytes = new byte[count];
        int at = 0;
        while (at < count)
        {
            int received = await socket.ReceiveAsync(bytes.AsMemory(at)).Within();
            Assert.True(received > 0, "A message was expected and the connection ended.");
            at += received;
        }

        return bytes;
    }
}
