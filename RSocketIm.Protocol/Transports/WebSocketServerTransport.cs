using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using System.Text.Unicode;
using ProtocolViolationException = RSocketIm.Protocol.Frames.ProtocolViolationException;

namespace RSocketIm.Protocol.Transports;

/// <summary>A server's side of RSocket over WebSocket, on the stream that is there once the opening handshake is done: one frame per binary message.</summary>
/// <remarks>
/// <para>It frames messages itself, in the buffer that goes to the socket: a batch of frames is one write, and what came in one
/// read is dispatched in one turn. The framework's <see cref="WebSocket"/>, which <see cref="WebSocketTransport"/> uses, takes and
/// gives one message at a time.</para>
/// <para>Pings are answered, the latest first and alone when the client does not read. While nothing arrives no receive buffer is
/// held. Spec: RFC 6455; Protocol.md, "Framing Protocol Usage".</para>
/// </remarks>
public sealed class WebSocketServerTransport : FrameTransport
{
    private readonly Stream stream;
    private readonly Action abort;
    private readonly WebSocketInput input = new();
    private readonly PooledBufferWriter outgoing = new();
    private readonly SemaphoreSlim writing = new(1, 1); // the write loop, or the answer to a ping
    private readonly Lock sync = new();
    private ReadOnlyMemory<byte> next;
    private bool frameReady;
    private bool broken; // what came is no frame; what comes is skipped
    private bool peerClosed;
    private WebSocketCloseStatus? peerStatus;
    private volatile bool closing;
    private byte[]? pong;
    private bool disposed;

    /// <summary>Takes over a stream.</summary>
    /// <param name="stream">Both directions, after the opening handshake; the transport disposes it. It passes on what is written without being flushed.</param>
    /// <param name="description">For logs.</param>
    /// <param name="remoteEndPoint">The peer's address, or null.</param>
    /// <param name="abort">Drops the connection at once, from any thread, so that reads and writes of <paramref name="stream"/> end; not called once the transport is disposed.</param>
    public WebSocketServerTransport(Stream stream, string description, EndPoint? remoteEndPoint, Action abort)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(abort);
        this.stream = stream;
        this.abort = abort;
        Description = description;
        RemoteEndPoint = remoteEndPoint;
    }

    /// <inheritdoc/>
    public override string Description { get; }

    /// <inheritdoc/>
    public override EndPoint? RemoteEndPoint { get; }

    /// <inheritdoc/>
    /// <remarks>Close code 1001: a browser has left the page, and what the page knew is lost with it.</remarks>
    public override bool PeerLeft => peerStatus == WebSocketCloseStatus.EndpointUnavailable;

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken)
    {
        while (!(frameReady || (frameReady = TryTake(out next))))
        {
            if (peerClosed)
            {
                return false;
            }

            int count;
            try
            {
                if (input.IsEmpty)
                {
                    // A read of zero bytes waits without a buffer.
                    ValueTask<int> arrival = stream.ReadAsync(Memory<byte>.Empty, cancellationToken);
                    if (!arrival.IsCompleted)
                    {
                        input.ReturnArray();
                    }

                    await arrival.ConfigureAwait(false);
                }

                count = await stream.ReadAsync(input.Room(), cancellationToken).ConfigureAwait(false);
            }
            catch (Exception error) when (TransportFailure.Is(error))
            {
                throw TransportFailure.From(error);
            }

            if (count == 0)
            {
                return broken || closing ? false : throw new IOException("The peer ended the connection without closing its WebSocket.");
            }

            input.Arrived(count);
        }

        return true;
    }

    /// <inheritdoc/>
    public override bool TryRead(out ReadOnlySequence<byte> frame)
    {
        bool ready = frameReady || TryTake(out next);
        frame = ready ? new ReadOnlySequence<byte>(next) : default;
        frameReady = false;
        return ready;
    }

    /// <inheritdoc/>
    public override IBufferWriter<byte> StartFrame(int length)
    {
        outgoing.Advance(WebSocketFrames.WriteBinaryHeader(outgoing.GetSpan(WebSocketFrames.MaxHeaderLength + length), length));
        return outgoing;
    }

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        if (outgoing.WrittenMemory.IsEmpty)
        {
            return;
        }

        try
        {
            await WriteAsync(outgoing.WrittenMemory, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            outgoing.Reset();
        }
    }

    /// <inheritdoc/>
    public override ValueTask CompleteWritingAsync(CancellationToken cancellationToken)
    {
        closing = true;
        WebSocketCloseStatus status = input.Violation != WebSocketCloseStatus.NormalClosure ? input.Violation : peerStatus ?? WebSocketCloseStatus.NormalClosure;
        byte[] code = new byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16BigEndian(code, (ushort)status);
        return WriteAsync(WebSocketFrames.Control(WebSocketFrames.Close, code), cancellationToken);
    }

    /// <inheritdoc/>
    public override void Abort()
    {
        lock (sync)
        {
            if (!disposed)
            {
                abort();
            }
        }
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        closing = true;
        await writing.WaitAsync().ConfigureAwait(false); // the answer to a ping that is still on its way; the loops are over
        lock (sync)
        {
            disposed = true; // whoever gave us the stream may give it to another now, and a timer of ours may be late
        }

        await stream.DisposeAsync().ConfigureAwait(false);
        input.ReturnArray();
        outgoing.Reset();
        writing.Dispose();
    }

    private bool TryTake(out ReadOnlyMemory<byte> message)
    {
        input.MaxMessageLength = MaxFrameLength;
        try
        {
            while (!peerClosed)
            {
                switch (input.TryNext(out message))
                {
                    case WebSocketEvent.Message:
                        return true;
                    case WebSocketEvent.Ping:
                        Answer(message.Span);
                        break;
                    case WebSocketEvent.Close:
                        peerClosed = true;
                        peerStatus = ReadStatus(message.Span);
                        break;
                    default:
                        return false;
                }
            }
        }
        catch (ProtocolViolationException)
        {
            broken = true;
            input.Skip();
            throw;
        }

        message = default;
        return false;
    }

    // What cannot be understood is answered as a violation; the connection ends either way.
    private static WebSocketCloseStatus? ReadStatus(ReadOnlySpan<byte> content)
    {
        if (content.IsEmpty)
        {
            return null;
        }

        int code = content.Length >= sizeof(ushort) ? BinaryPrimitives.ReadUInt16BigEndian(content) : 0;
        return code is (>= 1000 and <= 1003) or (>= 1007 and <= 1014) or (>= 3000 and <= 4999) && Utf8.IsValid(content[sizeof(ushort)..])
            ? (WebSocketCloseStatus)code
            : WebSocketCloseStatus.ProtocolError;
    }

    // Never waits: the read loop has other streams to serve. A client that pings and does not read has one answer waiting, the latest (RFC 6455, 5.5.3).
    private void Answer(ReadOnlySpan<byte> content)
    {
        if (!closing)
        {
            Volatile.Write(ref pong, WebSocketFrames.Control(WebSocketFrames.Pong, content));
            if (writing.Wait(0))
            {
                _ = WritePongAsync();
            }
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await writing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await stream.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (TransportFailure.Is(error))
        {
            throw TransportFailure.From(error);
        }
        finally
        {
            Release();
        }
    }

    private async Task WritePongAsync()
    {
        try
        {
            if (Interlocked.Exchange(ref pong, null) is { } frame && !closing)
            {
                await stream.WriteAsync(frame).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (TransportFailure.Is(error))
        {
            Abort(); // the loops are to find out
        }
        finally
        {
            Release();
        }
    }

    private void Release()
    {
        writing.Release();
        if (Volatile.Read(ref pong) is not null && !closing && writing.Wait(0))
        {
            _ = WritePongAsync();
        }
    }
}
