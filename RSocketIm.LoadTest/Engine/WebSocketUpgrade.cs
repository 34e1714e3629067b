using System.Net.Sockets;
using System.Text;

namespace RSocketIm.LoadTest.Engine;

/// <summary>The HTTP request that begins a WebSocket.</summary>
internal static class WebSocketUpgrade
{
    private const int MaxHeaderBytes = 16 * 1024;

    // Any 16 bytes do: a client that trusts its server need not check the answer to them.
    private const string Key = "dGhlIHNhbXBsZSBub25jZQ==";

    /// <summary>Asks and waits for the answer.</summary>
    /// <returns>What came behind the answer's header.</returns>
    /// <exception cref="InvalidOperationException">The server refused.</exception>
    public static byte[] Ask(Socket socket, Uri address, string? subprotocol)
    {
        string protocol = subprotocol is null ? "" : $"Sec-WebSocket-Protocol: {subprotocol}\r\n";
        socket.Send(Encoding.ASCII.GetBytes(
            $"GET {address.PathAndQuery} HTTP/1.1\r\nHost: {address.Authority}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + $"Sec-WebSocket-Key: {Key}\r\nSec-WebSocket-Version: 13\r\n{protocol}\r\n"));
        byte[] header = new byte[MaxHeaderBytes];
        int length = 0;
        int end = -1;
        while (end < 0)
        {
            int count = length == header.Length ? 0 : socket.Receive(header.AsSpan(length));
            if (count == 0)
            {
                throw new InvalidOperationException($"No answer to the WebSocket upgrade, only {length} bytes.");
            }

            length += count;
            end = header.AsSpan(0, length).IndexOf("\r\n\r\n"u8);
        }

        if (!header.AsSpan().StartsWith("HTTP/1.1 101 "u8))
        {
            throw new InvalidOperationException($"The WebSocket upgrade was refused: {Encoding.ASCII.GetString(header, 0, header.AsSpan().IndexOf("\r\n"u8))}");
        }

        return header[(end + 4)..length];
    }
}
