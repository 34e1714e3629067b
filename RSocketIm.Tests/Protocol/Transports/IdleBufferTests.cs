using System.Net.WebSockets;
using RSocketIm.Protocol.Transports;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Protocol.Transports;

/// <summary>A connection on which nothing arrives holds no receive buffer.</summary>
public sealed class IdleBufferTests
{
    [Fact]
    public async Task WebSocketThatWaitsForAMessage_HandsOutNoMemory()
    {
        byte[] frame = Build.Payload(1, new string('x', 10_000));
        using var socket = new SocketOfOneMessage(frame);
        await using var transport = new WebSocketTransport(socket, "ws");
        Task<bool> waiting = transport.WaitToReadAsync(default).AsTask();
        Assert.Equal([0], socket.Offered);
        socket.Arrive();
        Assert.True(await waiting.Within());
        Assert.True(transport.TryRead(out System.Buffers.ReadOnlySequence<byte> whole));
        Assert.Equal(frame.Length, whole.Length);
        socket.Offered.Clear();
        _ = transport.WaitToReadAsync(default).AsTask();
        Assert.Equal([0], socket.Offered);
    }

    /// <summary>Delivers one message when it is told to, and writes down how much memory each receive brought.</summary>
    private sealed class SocketOfOneMessage(byte[] message) : WebSocket
    {
        private readonly TaskCompletionSource arrived = new();
        private int at;

        public List<int> Offered { get; } = [];

        public override WebSocketCloseStatus? CloseStatus => null;

        public override string? CloseStatusDescription => null;

        public override WebSocketState State => WebSocketState.Open;

        public override string? SubProtocol => null;

        public void Arrive() => arrived.SetResult();

        public override async ValueTask<ValueWebSocketReceiveResult> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
        {
            Offered.Add(buffer.Length);
            await (at == message.Length ? new TaskCompletionSource().Task : arrived.Task);
            int count = Math.Min(buffer.Length, message.Length - at);
            message.AsMemory(at, count).CopyTo(buffer);
            at += count;
            return new ValueWebSocketReceiveResult(count, WebSocketMessageType.Binary, at == message.Length);
        }

        public override void Abort()
        {
        }

        public override Task CloseAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken) => Task.CompletedTask;

        public override Task CloseOutputAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken) => Task.CompletedTask;

        public override void Dispose()
        {
        }

        public override Task<WebSocketReceiveResult> ReceiveAsync(ArraySegment<byte> buffer, CancellationToken cancellationToken) => throw new NotSupportedException();

        public override Task SendAsync(ArraySegment<byte> buffer, WebSocketMessageType messageType, bool endOfMessage, CancellationToken cancellationToken) =>
            throw new NotSupportedException();
    }
}
