using System.Buffers;
using System.Net;
using System.Net.WebSockets;
using ProtocolViolationException = RSocketIm.Protocol.Frames.ProtocolViolationException;

namespace RSocketIm.Protocol.Transports;

/// <summary>RSocket over WebSocket: one frame per binary message, no length prefix; the same on both sides. Another protocol may have text messages for frames.</summary>
/// <remarks>
/// The framework's WebSocket does the WebSocket protocol: masking, continuation frames, ping and pong, the closing handshake.
/// On a server it can write into a <see cref="WriteCollectingStream"/>, so that a batch of frames is one write to the
/// socket. While nothing arrives no receive buffer is held. Spec: Protocol.md, "Framing Protocol Usage".
/// </remarks>
public sealed class WebSocketTransport : FrameTransport
{
    private const int FirstBufferBytes = 4_096;

    private readonly WebSocket webSocket;
    private readonly WriteCollectingStream? collecting;
    private readonly WebSocketMessageType type;
    private readonly PooledBufferWriter outgoing = new();
    private readonly Queue<int> outgoingLengths = new();
    private byte[] incoming = [];
    private int received;
    private bool frameReady;
    private bool broken; // a message came that is no frame; what comes is skipped
    private WebSocketCloseStatus closeStatus = WebSocketCloseStatus.NormalClosure;

    /// <summary>Takes over an open WebSocket.</summary>
    /// <param name="webSocket">The socket; the transport disposes it.</param>
    /// <param name="description">For logs.</param>
    /// <param name="remoteEndPoint">The peer's address, or null.</param>
    /// <param name="collecting">The stream below <paramref name="webSocket"/> when its writes are to be collected until a flush.</param>
    /// <param name="type">What a frame is: a binary message, or a text message for a protocol that is not RSocket.</param>
    public WebSocketTransport(
        WebSocket webSocket,
        string description,
        EndPoint? remoteEndPoint = null,
        WriteCollectingStream? collecting = null,
        WebSocketMessageType type = WebSocketMessageType.Binary)
    {
        ArgumentNullException.ThrowIfNull(webSocket);
        this.webSocket = webSocket;
        this.collecting = collecting;
        this.type = type;
        Description = description;
        RemoteEndPoint = remoteEndPoint;
    }

    /// <inheritdoc/>
    public override string Description { get; }

    /// <inheritdoc/>
    public override EndPoint? RemoteEndPoint { get; }

    /// <inheritdoc/>
    /// <remarks>Close code 1001: a browser has left the page, and what the page knew is lost with it.</remarks>
    public override bool PeerLeft => webSocket.CloseStatus == WebSocketCloseStatus.EndpointUnavailable;

    /// <summary>Connects to a server.</summary>
    /// <param name="address">A <c>ws:</c> or <c>wss:</c> address.</param>
    /// <param name="configure">Sets request headers, TLS and the like; may be null.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="WebSocketException">There is no connection to be had.</exception>
    public static async ValueTask<WebSocketTransport> ConnectAsync(
        Uri address, Action<ClientWebSocketOptions>? configure = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(address);
        var client = new ClientWebSocket();
        try
        {
            client.Options.KeepAliveInterval = TimeSpan.Zero; // RSocket has its own KEEPALIVE
            configure?.Invoke(client.Options);
            await client.ConnectAsync(address, cancellationToken).ConfigureAwait(false);
            return new WebSocketTransport(client, $"{address.Scheme} {address.Authority}");
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override async ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken)
    {
        if (frameReady)
        {
            return true;
        }

        received = 0;
        try
        {
            while (broken && webSocket.State is (WebSocketState.Open or WebSocketState.CloseSent))
            {
                // Read, not refused: the peer is to see our close frame, and not a reset.
                GrowBuffer();
                if ((await webSocket.ReceiveAsync(incoming.AsMemory(), cancellationToken).ConfigureAwait(false)).MessageType == WebSocketMessageType.Close)
                {
                    return false;
                }
            }

            while (webSocket.State is WebSocketState.Open or WebSocketState.CloseSent)
            {
                // A receive of zero bytes waits for the next message without a buffer.
                ValueTask<ValueWebSocketReceiveResult> arrival = webSocket.ReceiveAsync(Memory<byte>.Empty, cancellationToken);
                if (!arrival.IsCompleted && received == 0)
                {
                    ReturnBuffer();
                }

                ValueWebSocketReceiveResult result = await arrival.ConfigureAwait(false);
                if (result.MessageType == type && !result.EndOfMessage)
                {
                    GrowBuffer();
                    result = await webSocket.ReceiveAsync(incoming.AsMemory(received), cancellationToken).ConfigureAwait(false);
                }

                if (Accept(result) is { } answer)
                {
                    return answer;
                }
            }

            return false;
        }
        catch (Exception error) when (TransportFailure.Is(error))
        {
            throw TransportFailure.From(error);
        }
    }

    /// <inheritdoc/>
    public override bool TryRead(out ReadOnlySequence<byte> frame)
    {
        frame = frameReady ? new ReadOnlySequence<byte>(incoming, 0, received) : default;
        bool ready = frameReady;
        frameReady = false;
        return ready;
    }

    /// <inheritdoc/>
    public override IBufferWriter<byte> StartFrame(int length)
    {
        outgoingLengths.Enqueue(length);
        return outgoing;
    }

    /// <inheritdoc/>
    public override async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        try
        {
            collecting?.BeginBatch();
            ReadOnlyMemory<byte> rest = outgoing.WrittenMemory;
            while (outgoingLengths.TryDequeue(out int length))
            {
                await webSocket.SendAsync(rest[..length], type, endOfMessage: true, cancellationToken).ConfigureAwait(false);
                rest = rest[length..];
            }

            outgoing.Reset();
            if (collecting is not null)
            {
                await collecting.FlushCollectedAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (TransportFailure.Is(error))
        {
            throw TransportFailure.From(error);
        }
    }

    /// <inheritdoc/>
    public override async ValueTask CompleteWritingAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (webSocket.State is WebSocketState.Open or WebSocketState.CloseReceived)
            {
                await webSocket.CloseOutputAsync(closeStatus, null, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (TransportFailure.Is(error))
        {
            throw TransportFailure.From(error);
        }
    }

    /// <inheritdoc/>
    public override void Abort() => webSocket.Abort();

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        webSocket.Dispose();
        ReturnBuffer();
        outgoing.Reset();
        return ValueTask.CompletedTask;
    }

    // Null: the message goes on.
    private bool? Accept(ValueWebSocketReceiveResult result)
    {
        switch (result.MessageType)
        {
            case WebSocketMessageType.Close:
                return false;
            case var other when other != type:
                broken = true;
                closeStatus = WebSocketCloseStatus.InvalidMessageType;
                throw new ProtocolViolationException(
                    type == WebSocketMessageType.Binary ? "A text message came; frames are binary messages here." : "A binary message came; here messages are text.");
            default:
                received += result.Count;
                if (received > MaxFrameLength)
                {
                    broken = true;
                    closeStatus = WebSocketCloseStatus.MessageTooBig;
                    throw new ProtocolViolationException($"A frame is longer than {MaxFrameLength} bytes.") { IsFrameTooLong = true };
                }

                frameReady = result.EndOfMessage;
                return result.EndOfMessage ? true : null;
        }
    }

    private void GrowBuffer()
    {
        if (incoming.Length > received)
        {
            return;
        }

        // Twice what has arrived, not what a header promises: a peer pays for the memory it makes us hold.
        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(FirstBufferBytes, incoming.Length * 2));
        incoming.AsSpan(0, received).CopyTo(larger);
        ReturnBuffer();
        incoming = larger;
    }

    private void ReturnBuffer()
    {
        if (incoming.Length != 0)
        {
            ArrayPool<byte>.Shared.Return(incoming);
            incoming = [];
        }
    }
}
