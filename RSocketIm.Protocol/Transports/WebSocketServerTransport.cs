using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Net;
using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using System.Text.Unicode;
using ProtocolViolationException = RSocketIm.Protocol.Frames.ProtocolViolationException;

namespace RSocketIm.Protocol.Transports;

/// <summary>A server's side of RSocket over WebSocket, on the pipe that is there once the opening handshake is done: one frame per binary message.</summary>
/// <remarks>
/// <para>It frames messages itself, in the memory that goes to the socket: a batch of frames is one flush, and what came in one
/// read is dispatched in one turn. The framework's <see cref="WebSocket"/>, which <see cref="WebSocketTransport"/> uses, takes and
/// gives one message at a time.</para>
/// <para>Pings are answered with the next flush, which <see cref="FrameTransport.Flusher"/> asks for: the latest first and alone
/// when the client does not read. While nothing arrives no receive buffer is held. Spec: RFC 6455; Protocol.md, "Framing Protocol Usage".</para>
/// </remarks>
public sealed class WebSocketServerTransport : FrameTransport
{
    // What else has arrived stays where its sender pays for it: the pipe is full some time, and then the socket.
    private const int MaxTaken = 65_536;

    private readonly IDuplexPipe pipe;
    private readonly Action abort;
    private readonly IDisposable? owner;
    private readonly WebSocketInput input = new();
    private readonly Lock sync = new();
    private ReadOnlyMemory<byte> next;
    private bool frameReady;
    private bool broken; // what came is no frame; what comes is skipped
    private bool peerClosed;
    private WebSocketCloseStatus? peerStatus;
    private volatile bool closing;
    private byte[]? pong;
    private bool disposed;

    /// <summary>Takes over a pipe.</summary>
    /// <param name="pipe">Both directions, after the opening handshake. Neither end is completed: closing the connection below is for whoever opened it, once the transport is disposed.</param>
    /// <param name="remoteEndPoint">The peer's address, or null.</param>
    /// <param name="abort">Drops the connection at once, from any thread, so that reads and flushes of <paramref name="pipe"/> end; not called once the transport is disposed.</param>
    /// <param name="owner">Disposed with the transport; for who would otherwise only wait for that.</param>
    public WebSocketServerTransport(IDuplexPipe pipe, EndPoint? remoteEndPoint, Action abort, IDisposable? owner = null)
    {
        ArgumentNullException.ThrowIfNull(pipe);
        ArgumentNullException.ThrowIfNull(abort);
        this.pipe = pipe;
        this.abort = abort;
        this.owner = owner;
        RemoteEndPoint = remoteEndPoint;
    }

    /// <inheritdoc/>
    public override string Description => $"ws {RemoteEndPoint}";

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

            bool ended;
            try
            {
                ValueTask<ReadResult> arrival = pipe.Input.ReadAsync(cancellationToken);
                if (!arrival.IsCompleted && input.IsEmpty)
                {
                    input.ReturnArray();
                }

                ReadResult result = await arrival.ConfigureAwait(false);
                if (result.IsCanceled)
                {
                    throw new IOException("The transport was dropped while reading.");
                }

                ReadOnlySequence<byte> taken = result.Buffer.Length > MaxTaken ? result.Buffer.Slice(0, MaxTaken) : result.Buffer;
                foreach (ReadOnlyMemory<byte> piece in taken)
                {
                    input.Put(piece.Span);
                }

                pipe.Input.AdvanceTo(taken.End);
                ended = result.IsCompleted && result.Buffer.IsEmpty;
            }
            catch (Exception error) when (TransportFailure.Is(error))
            {
                throw TransportFailure.From(error);
            }

            if (ended)
            {
                return broken || closing ? false : throw new IOException("The peer ended the connection without closing its WebSocket.");
            }
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
        PipeWriter output = pipe.Output;
        output.Advance(WebSocketFrames.WriteBinaryHeader(output.GetSpan(WebSocketFrames.MaxHeaderLength + length), length));
        return output;
    }

    /// <inheritdoc/>
    public override void WriteRun(in RunSlice slice, int streamId) => slice.Run.WriteMessages(pipe.Output, slice.First, slice.Count, streamId);

    /// <inheritdoc/>
    public override ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        // Nothing goes behind a close, not even the answer to a ping that came at the same moment.
        if (!closing && Volatile.Read(ref pong) is not null && Interlocked.Exchange(ref pong, null) is { } answer)
        {
            pipe.Output.Write(answer);
        }

        return PipeFlush.RunAsync(pipe.Output, cancellationToken);
    }

    /// <inheritdoc/>
    public override ValueTask CompleteWritingAsync(CancellationToken cancellationToken)
    {
        closing = true;
        WebSocketCloseStatus status = input.Violation != WebSocketCloseStatus.NormalClosure ? input.Violation : peerStatus ?? WebSocketCloseStatus.NormalClosure;
        byte[] code = new byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16BigEndian(code, (ushort)status);
        pipe.Output.Write(WebSocketFrames.Control(WebSocketFrames.Close, code));
        return FlushAsync(cancellationToken);
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
    public override ValueTask DisposeAsync()
    {
        lock (sync)
        {
            disposed = true; // whoever gave us the pipe may give it to another now, and a timer of ours may be late
        }

        input.ReturnArray();
        owner?.Dispose();
        return ValueTask.CompletedTask;
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

    // A client that pings and does not read has one answer waiting, the latest (RFC 6455, 5.5.3).
    private void Answer(ReadOnlySpan<byte> content)
    {
        if (!closing)
        {
            Volatile.Write(ref pong, WebSocketFrames.Control(WebSocketFrames.Pong, content));
            Flusher?.Wake();
        }
    }
}
