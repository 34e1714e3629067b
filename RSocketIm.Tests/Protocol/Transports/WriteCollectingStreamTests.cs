using System.Net.WebSockets;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Transports;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Protocol.Transports;

/// <summary>A WebSocket over a stream that collects, with a raw client on the other end of memory.</summary>
public sealed class WriteCollectingStreamTests
{
    [Fact]
    public async Task BatchOfFrames_IsOneWrite()
    {
        var (client, server, writes) = Connect();
        await using FrameTransport transport = server;
        using WebSocket _ = client;
        for (int i = 0; i < 100; i++)
        {
            byte[] frame = Build.Payload(1, $"{i}");
            System.Buffers.BuffersExtensions.Write(server.StartFrame(frame.Length), frame);
        }

        await server.FlushAsync(default).Within();
        Assert.Equal(1, writes.Count);
        byte[] buffer = new byte[100];
        for (int i = 0; i < 100; i++)
        {
            ValueWebSocketReceiveResult result = await client.ReceiveAsync(buffer.AsMemory(), default).Within();
            Assert.Equal($"{i}", new ReceivedFrame(buffer[..result.Count]).Data);
        }
    }

    [Fact]
    [Trait("Checklist", "89")]
    [Trait("Checklist", "E38")]
    public async Task PingBetweenContinuationFrames_IsAnsweredAtOnce_AndTheMessageIsWhole()
    {
        (System.IO.Pipelines.IDuplexPipe near, System.IO.Pipelines.IDuplexPipe far) = DuplexPipes.Create();
        using Stream wire = near.Input.AsStream();
        var collecting = new WriteCollectingStream(new TwoWayStream(far.Input.AsStream(), far.Output.AsStream()));
        await using var server = new WebSocketTransport(Server(collecting), "ws (server)", collecting: collecting);
        byte[] frame = Build.Payload(1, new string('x', 300));

        // By hand, masked with zeros: a binary message in two frames, and a ping between them.
        await near.Output.WriteAsync(Masked(0x02, frame[..100])).AsTask().Within();
        await near.Output.WriteAsync(Masked(0x89, [7, 8, 9])).AsTask().Within();
        ValueTask<bool> reading = server.WaitToReadAsync(default);
        byte[] pong = new byte[5];
        await wire.ReadExactlyAsync(pong).Within();
        Assert.Equal([0x8A, 3, 7, 8, 9], pong);
        await near.Output.WriteAsync(Masked(0x80, frame[100..])).AsTask().Within();
        Assert.True(await reading.Within());
        Assert.True(server.TryRead(out System.Buffers.ReadOnlySequence<byte> whole));
        Assert.Equal(frame, System.Buffers.BuffersExtensions.ToArray(whole));
        Assert.Equal(FrameType.Payload, new ReceivedFrame(frame).Type);
    }

    private static byte[] Masked(byte first, byte[] payload)
    {
        byte[] length = payload.Length < 126 ? [(byte)(0x80 | payload.Length)] : [0x80 | 126, (byte)(payload.Length >> 8), (byte)payload.Length];
        return [first, .. length, 0, 0, 0, 0, .. payload];
    }

    private static WebSocket Server(Stream stream) =>
        WebSocket.CreateFromStream(stream, new WebSocketCreationOptions { IsServer = true, KeepAliveInterval = TimeSpan.Zero });

    private static (WebSocket Client, WebSocketTransport Server, CountingWrites Writes) Connect()
    {
        (System.IO.Pipelines.IDuplexPipe near, System.IO.Pipelines.IDuplexPipe far) = DuplexPipes.Create();
        var writes = new CountingWrites(far.Input.AsStream(), far.Output.AsStream());
        var collecting = new WriteCollectingStream(writes);
        WebSocket client = WebSocket.CreateFromStream(
            new TwoWayStream(near.Input.AsStream(), near.Output.AsStream()), new WebSocketCreationOptions { KeepAliveInterval = TimeSpan.Zero });
        return (client, new WebSocketTransport(Server(collecting), "ws (server)", collecting: collecting), writes);
    }

    private sealed class CountingWrites(Stream input, Stream output) : TwoWayStream(input, output)
    {
        public int Count { get; private set; }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Count++;
            return base.WriteAsync(buffer, cancellationToken);
        }
    }
}
