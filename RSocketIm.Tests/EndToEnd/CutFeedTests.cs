using RSocketIm.Server.Contracts;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.EndToEnd;

/// <summary>Readers whose connection is cut again and again, against the server as a process.</summary>
public sealed class CutFeedTests
{
    private const int Cuts = 200;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Feed_CutAtRandomTwoHundredTimes_SeesEverySeqOnce(bool overTcp)
    {
        int seed = Environment.TickCount;
        Random random = new(seed);
        await using ServerProcess server = await ServerProcess.StartAsync();
        await using ChatClient writer = await ChatClient.GuestAsync(server.Tcp, "writer");
        await writer.CreateAsync("cut");
        using CancellationTokenSource enough = new();
        Task writing = WriteAsync(writer, enough.Token);

        long last = 0;
        for (int cut = 0; cut < Cuts; cut++)
        {
            await using ChatClient reader = await ChatClient.GuestAsync(overTcp ? server.Tcp : server.WebSocket, "reader");
            Reading feed = reader.Feed("cut", random.Next(1, 40), last);

            // Cut while more is on its way than was read: at least one entry, at most what was granted.
            int read = random.Next(1, (int)Math.Min(40, feed.Granted + 1));
            for (int i = 0; i < read; i++)
            {
                RoomEvent entry = await feed.NextEventAsync();
                Assert.True(entry.Seq == ++last, $"Seed {seed}, cut {cut}: {entry.Seq} came instead of {last}.");
            }
        }

        await enough.CancelAsync();
        await writing;
        Assert.True(last >= Cuts);
    }

    private static async Task WriteAsync(ChatClient writer, CancellationToken enough)
    {
        for (int i = 0; !enough.IsCancellationRequested; i++)
        {
            await writer.SendAsync("cut", $"m{i}", "text");
        }
    }
}
