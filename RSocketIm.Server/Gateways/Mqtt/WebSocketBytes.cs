using System.Net.WebSockets;

namespace RSocketIm.Server.Gateways.Mqtt;

/// <summary>A WebSocket as a stream of bytes: what comes are binary messages one behind the other, what goes are binary messages.</summary>
internal sealed class WebSocketBytes(WebSocket webSocket) : Stream
{
    /// <summary>Whether a text message came, which MQTT forbids.</summary>
    public bool IsBroken { get; private set; }

    /// <inheritdoc />
    public override bool CanRead => true;

    /// <inheritdoc />
    public override bool CanSeek => false;

    /// <inheritdoc />
    public override bool CanWrite => true;

    /// <inheritdoc />
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc />
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <inheritdoc />
    /// <remarks>Into an empty buffer it waits for the next message without holding one.</remarks>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            while (webSocket.State is WebSocketState.Open or WebSocketState.CloseSent)
            {
                // Of a broken connection what comes is read and dropped: the peer is to see our close, and not a reset.
                Memory<byte> into = IsBroken && buffer.IsEmpty ? new byte[1_024] : buffer;
                ValueWebSocketReceiveResult result = await webSocket.ReceiveAsync(into, cancellationToken).ConfigureAwait(false);
                if (result.MessageType == WebSocketMessageType.Close)
                {
                    return 0;
                }

                if (IsBroken)
                {
                    continue;
                }

                if (result.MessageType == WebSocketMessageType.Text)
                {
                    IsBroken = true;
                    throw new IOException("A text message came; MQTT is in binary messages.");
                }

                if (result.Count > 0 || buffer.IsEmpty)
                {
                    return result.Count;
                }
            }

            return 0;
        }
        catch (WebSocketException error)
        {
            throw new IOException(error.Message, error);
        }
    }

    /// <inheritdoc />
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            await webSocket.SendAsync(buffer, WebSocketMessageType.Binary, endOfMessage: true, cancellationToken).ConfigureAwait(false);
        }
        catch (WebSocketException error)
        {
            throw new IOException(error.Message, error);
        }
    }

    /// <inheritdoc />
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc />
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc />
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("A WebSocket reads asynchronously.");

    /// <inheritdoc />
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("A WebSocket writes asynchronously.");

    /// <inheritdoc />
    public override void Flush()
    {
    }

    /// <inheritdoc />
    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc />
    public override void SetLength(long value) => throw new NotSupportedException();
}
