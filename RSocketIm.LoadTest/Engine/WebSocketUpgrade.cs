using System.Net.Sockets;
using System.Text;

namespace RSocketIm.LoadTest.Engine;

/// <summary>The HTTP request that begins a WebSocket, and its answer.</summary>
internal static class WebSocketUpgrade
{
    private const int MaxHeaderBytes = 16 * 1024;

    // Any 16 bytes do: a client that trusts its server need not check the answer to them.
    private const string Key = "dGhlIHNhbXBsZSBub25jZQ==";

    /// <summary>The request.</summary>
    public static byte[] Request(Uri address, string? subprotocol)
    {
        string protocol = subprotocol is null ? "" : $"Sec-WebSocket-Protocol: {subprotocol}\r\n";
        return Encoding.ASCII.GetBytes(
            $"GET {address.PathAndQuery} HTTP/1.1\r\nHost: {address.Authority}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + $"Sec-WebSocket-Key: {Key}\r\nSec-WebSocket-Version: 13\r\n{protocol}\r\n");
    }

    /// <summary>Asks on a blocking socket and waits for the answer.</summary>
    /// <exception cref="InvalidOperationException">The server refused.</exception>
    public static void Ask(Socket socket, Uri address, string? subprotocol)
    {
        socket.Send(Request(address, subprotocol));
        byte[] answer = new byte[MaxHeaderBytes + 1];
        int received = 0;
        string? refusal;
        do
        {
            int count = socket.Receive(answer.AsSpan(received));
            if (count == 0)
            {
                throw new InvalidOperationException("The server closed the connection instead of upgrading it.");
            }

            received += count;
        }
        while (!TryReadAnswer(answer.AsSpan(0, received), out _, out refusal));
        if (refusal is not null)
        {
            throw new InvalidOperationException(refusal);
        }
    }

    /// <summary>Looks for the whole answer.</summary>
    /// <param name="received">What has come.</param>
    /// <param name="length">Its length.</param>
    /// <param name="refusal">Why there is no WebSocket; null when there is one.</param>
    /// <returns>False when more has to come.</returns>
    public static bool TryReadAnswer(ReadOnlySpan<byte> received, out int length, out string? refusal)
    {
        refusal = null;
        length = received.IndexOf("\r\n\r\n"u8) + 4;
        if (length < 4)
        {
            refusal = received.Length > MaxHeaderBytes ? "the WebSocket upgrade was answered without an end" : null;
            return refusal is not null;
        }

        if (!received.StartsWith("HTTP/1.1 101 "u8))
        {
            refusal = $"the WebSocket upgrade was refused: {Encoding.ASCII.GetString(received[..received.IndexOf("\r\n"u8)])}";
        }

        return true;
    }
}
