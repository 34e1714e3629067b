using RSocketIm.Protocol;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Streams;
using System.Net;

namespace RSocketIm.Tests.Protocol;

public sealed class SmokeTests
{
    private sealed class Echo : RSocketResponder
    {
        public override ValueTask<Payload> RequestResponseAsync(PayloadView request, StreamContext context) => ValueTask.FromResult(request.ToPayload());
        public override PayloadSource RequestStream(PayloadView request, StreamContext context) =>
            PayloadSources.From(Enumerable.Range(0, int.Parse(request.ToPayload().DataText)).Select(i => Payload.FromText(i.ToString())));
        public override PayloadSource RequestChannel(PayloadView first, InboundStream incoming, StreamContext context) => PayloadSources.From(incoming.ReadAllAsync());
    }

    [Fact]
    public async Task Everything_Works()
    {
        await using var server = new RSocketServer((setup, connection, ct) => ValueTask.FromResult<RSocketResponder>(new Echo()));
        await using RSocketListener listener = server.ListenTcp(new IPEndPoint(IPAddress.Loopback, 0));
        await using RSocketClient client = await RSocketClient.ConnectAsync($"tcp://127.0.0.1:{listener.EndPoint.Port}");
        Payload answer = await client.RequestResponseAsync(Payload.FromText("hello")).AsTask().WaitAsync(TimeSpan.FromSeconds(5));
        Assert.Equal("hello", answer.DataText);
        string big = new('x', 500_000);
        answer = await client.RequestResponseAsync(Payload.FromText(big)).AsTask().WaitAsync(TimeSpan.FromSeconds(5));
        Assert.Equal(big, answer.DataText);
        int n = 0;
        await foreach (Payload p in client.RequestStreamAsync(Payload.FromText("100000")))
        {
            Assert.Equal(n.ToString(), p.DataText);
            n++;
        }
        Assert.Equal(100000, n);
        n = 0;
        await foreach (Payload p in client.RequestChannelAsync(Payload.FromText("x"), Values()))
        {
            Assert.Equal(n.ToString(), p.DataText);
            n++;
        }
        Assert.Equal(10000, n);
        await client.CloseAsync();
    }

    private static async IAsyncEnumerable<Payload> Values()
    {
        for (int i = 0; i < 10000; i++) { if (i % 100 == 0) { await Task.Yield(); } yield return Payload.FromText(i.ToString()); }
    }
}
