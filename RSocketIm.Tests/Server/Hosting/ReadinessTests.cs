using Microsoft.Data.Sqlite;
using RSocketIm.Protocol;
using RSocketIm.Server.Storage.Sqlite;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Server.Hosting;

/// <summary>What a server says of itself while its disk fails.</summary>
public sealed class ReadinessTests
{
    [Fact]
    public async Task Readyz_WhileTheStoreFails_SaysWhy_AndRecoversWithIt()
    {
        HostedServer server = new();
        await server.InitializeAsync();
        await using ChatClient client = await server.GuestAsync();
        await client.CreateAsync("lobby");
        await client.SendAsync("lobby", "kept", "text");
        LogWriter writer = server.Services.GetRequiredService<SqliteRoomStore>().Writer;

        writer.Fault = static _ => throw new SqliteException("database or disk is full", 13);
        RSocketException refused = await Assert.ThrowsAsync<RSocketException>(() => client.SendAsync("lobby", "lost", "text"));
        Assert.Equal(0x503u, (uint)refused.Code);
        using HttpResponseMessage response = await server.Client.GetAsync("/readyz");
        (int status, string title, string detail) = await Http.ProblemAsync(response);
        Assert.Equal((503, "unavailable"), (status, title));
        Assert.Contains("The store cannot write: ", detail, StringComparison.Ordinal);

        // Readers go on meanwhile.
        Assert.Equal((long[])[1, 2], await client.Feed("lobby", 2).NextSeqsAsync(2));

        writer.Fault = null;
        while ((await server.Client.GetAsync("/readyz")).StatusCode != System.Net.HttpStatusCode.OK)
        {
            // The store tries by itself; the test's patience is the runner's.
            await Task.Yield();
        }

        Assert.Equal(3, (await client.SendAsync("lobby", "lost", "text")).Seq);
        await server.DisposeAsync();
    }
}
