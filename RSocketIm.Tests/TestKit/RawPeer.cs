using System.Buffers;
using System.IO.Pipelines;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Transports;

namespace RSocketIm.Tests.TestKit;

/// <summary>The other side of a connection, one frame at a time: it sends what it is told, legal or not, and says what must come back.</summary>
/// <remarks>It reads only when it expects something, so that a peer that does not read is one that is not asked to.</remarks>
internal sealed class RawPeer : IAsyncDisposable
{
    private readonly FrameTransport transport;
    private readonly IDuplexPipe? pipe;
    private int probes;

    public RawPeer(FrameTransport transport) => this.transport = transport;

    public RawPeer(IDuplexPipe pipe)
        : this(new PipeTransport(pipe, "raw peer")) => this.pipe = pipe;

    /// <summary>Sends frames, all in one flush.</summary>
    public async Task SendAsync(params byte[][] frames)
    {
        foreach (byte[] frame in frames)
        {
            transport.StartFrame(frame.Length).Write(frame);
        }

        await transport.FlushAsync(CancellationToken.None).Within();
    }

    public Task SendSetupAsync(bool lease = false, int keepAlive = 3_600_000, int lifetime = 7_200_000) =>
        SendAsync(Build.Setup(lease: lease, keepAlive: keepAlive, lifetime: lifetime));

    /// <summary>Sends bytes as they are, length prefix and all.</summary>
    public async Task SendBytesAsync(params byte[] bytes) => await pipe!.Output.WriteAsync(bytes).Within();

    /// <summary>Waits until bytes are here and takes none: when they are more than the transport holds, the other side's flush waits from now on.</summary>
    public async Task ExpectBlockedAsync() => Assert.True(await transport.WaitToReadAsync(CancellationToken.None).Within());

    /// <summary>The next frame, whatever it is; null at the end.</summary>
    public async Task<ReceivedFrame?> ReadAsync()
    {
        ReadOnlySequence<byte> frame;
        do
        {
            if (!await transport.WaitToReadAsync(CancellationToken.None).Within())
            {
                return null;
            }
        }
        while (!transport.TryRead(out frame));

        return new ReceivedFrame(frame.ToArray());
    }

    /// <summary>The frames that the other side flushed together, when everything before has been read.</summary>
    public async Task<List<ReceivedFrame>> ReadFlushAsync()
    {
        List<ReceivedFrame> frames = [];
        while (frames.Count == 0 && await transport.WaitToReadAsync(CancellationToken.None).Within())
        {
            while (transport.TryRead(out ReadOnlySequence<byte> frame))
            {
                frames.Add(new ReceivedFrame(frame.ToArray()));
            }
        }

        return frames;
    }

    public async Task<ReceivedFrame> ExpectAsync(FrameType type, int streamId)
    {
        ReceivedFrame? frame = await ReadAsync();
        Assert.True(frame is not null, $"{type} on stream {streamId} was expected and the connection ended.");
        Assert.True(frame.Type == type && frame.StreamId == streamId, $"{type} on stream {streamId} was expected and {frame} came.");
        return frame;
    }

    public async Task<ReceivedFrame> ExpectPayloadAsync(int streamId, string data, FrameFlags flags = FrameFlags.Next)
    {
        ReceivedFrame frame = await ExpectAsync(FrameType.Payload, streamId);
        Assert.Equal((data, flags), (frame.Data, frame.Flags & ~FrameFlags.Metadata));
        return frame;
    }

    public async Task ExpectPayloadsAsync(int streamId, int from, int count)
    {
        for (int i = from; i < from + count; i++)
        {
            await ExpectPayloadAsync(streamId, i.ToString());
        }
    }

    public async Task ExpectCompleteAsync(int streamId) => await ExpectPayloadAsync(streamId, "", FrameFlags.Complete);

    public async Task<ReceivedFrame> ExpectErrorAsync(int streamId, ErrorCode code)
    {
        ReceivedFrame frame = await ExpectAsync(FrameType.Error, streamId);
        Assert.True((uint)frame.Number == (uint)code, $"{code} was expected and {frame} came.");
        return frame;
    }

    public async Task ExpectRequestNAsync(int streamId, int n) => Assert.Equal(n, (await ExpectAsync(FrameType.RequestN, streamId)).Number);

    public Task ExpectCancelAsync(int streamId) => ExpectAsync(FrameType.Cancel, streamId);

    public async Task<ReceivedFrame> ExpectKeepAliveAsync(bool respond, byte[]? data = null)
    {
        ReceivedFrame frame = await ExpectAsync(FrameType.KeepAlive, 0);
        Assert.Equal(respond, frame.Flags.HasFlag(FrameFlags.Respond));
        Assert.Equal(data ?? [], frame.DataBytes.ToArray());
        return frame;
    }

    /// <summary>Proves that everything sent so far has been dealt with and nothing is on its way here.</summary>
    /// <remarks>
    /// Two round trips: the first answer overtakes data of its own batch, which is therefore here before the second.
    /// What a thread other than the connection's loops may still be doing is not covered.
    /// </remarks>
    public async Task ExpectNothingMoreAsync()
    {
        for (int i = 0; i < 2; i++)
        {
            byte[] probe = Build.Text($"probe {probes++}");
            await SendAsync(Build.KeepAlive(respond: true, probe));
            await ExpectKeepAliveAsync(respond: false, probe);
        }
    }

    /// <summary>Reads what comes until the answer to a probe, whatever it is.</summary>
    public async Task<List<ReceivedFrame>> ReadUntilProbeAsync()
    {
        byte[] probe = Build.Text($"probe {probes++}");
        await SendAsync(Build.KeepAlive(respond: true, probe));
        var frames = new List<ReceivedFrame>();
        while (await ReadAsync() is { } frame)
        {
            if (frame.Type == FrameType.KeepAlive && frame.DataBytes.SequenceEqual(probe))
            {
                return frames;
            }

            frames.Add(frame);
        }

        Assert.Fail("The connection ended.");
        return frames;
    }

    /// <summary>The other side ends in order; this one ends too.</summary>
    public async Task ExpectCloseAsync()
    {
        ReceivedFrame? frame = await ReadAsync();
        Assert.True(frame is null, $"The end was expected and {frame} came.");
        await CloseAsync();
    }

    /// <summary>An ERROR on stream 0 and then the end.</summary>
    public async Task ExpectConnectionErrorAsync(ErrorCode code)
    {
        await ExpectErrorAsync(0, code);
        await ExpectCloseAsync();
    }

    /// <summary>Ends this direction in order.</summary>
    public Task CloseAsync() => transport.CompleteWritingAsync(CancellationToken.None).Within();

    /// <summary>Drops the connection at once; what is being sent fails. A transport whose flush is on its way must not be disposed.</summary>
    public void Abort() => transport.Abort();

    public async ValueTask DisposeAsync() => await transport.DisposeAsync();
}
