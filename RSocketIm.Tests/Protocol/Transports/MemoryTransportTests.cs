using RSocketIm.Protocol.Transports;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Protocol.Transports;

public sealed class MemoryTransportTests : TransportTests
{
    private protected override ValueTask<TransportPair> ConnectAsync()
    {
        (MemoryTransport client, MemoryTransport server) = MemoryTransport.CreatePair();
        return ValueTask.FromResult(new TransportPair(client, server, Task.CompletedTask));
    }

    [Fact]
    public void BufferOfNothing_IsRefused() => Assert.Throws<ArgumentOutOfRangeException>(() => MemoryTransport.CreatePair(0));

    [Fact]
    public async Task Flush_WaitsWhileThePeerLeavesTheBufferFull()
    {
        (MemoryTransport client, MemoryTransport server) = MemoryTransport.CreatePair(1_000);
        await using var sender = new RawPeer(client);
        await using var reader = new RawPeer(server);
        Task sending = sender.SendAsync(Build.Payload(1, new string('x', 2_000)));
        Assert.False(sending.IsCompleted);
        await reader.ExpectPayloadAsync(1, new string('x', 2_000));
        Assert.Null(await Record.ExceptionAsync(async () =>
        {
            await sender.CloseAsync();
            Assert.Null(await reader.ReadAsync());
            await sending;
        }));
    }
}
