using RSocketIm.LoadTest.Servers;
using RSocketIm.Protocol;
using RSocketIm.Server.Contracts;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.EndToEnd;

/// <summary>A backup is restored under clients that had read further.</summary>
public sealed class RestoreTests : IDisposable
{
    private readonly DirectoryInfo root = Directory.CreateTempSubdirectory("rsocketim-test-");

    private string Data => Path.Combine(root.FullName, "data");

    private string Copy => Path.Combine(root.FullName, "copy");

    public void Dispose() => root.Delete(recursive: true);

    [Fact]
    public async Task ReadersAheadOfTheBackup_AreToldToStartAnew_AndThenHaveAllThatIsThere()
    {
        RoomInfo before;
        await using (ServerUnderLoad server = await StartAsync(Data))
        {
            await using ChatClient ann = await ChatClient.GuestAsync(server.Tcp, "ann");
            before = await ann.CreateAsync("lobby");
            await SayAsync(ann, 1, 5);
            (int exitCode, string output) = await ServerCommand.RunAsync("backup", Copy, $"--RSocketIm:Data:Directory={Data}");
            Assert.True(exitCode == 0, output);
            await SayAsync(ann, 6, 10);
            Assert.Equal(11, (await ann.Feed("lobby", 11).NextSeqsAsync(11))[^1]);
            await server.KillAsync();
        }

        string epoch;
        string[] all = [.. Ids(1, 5), .. Ids(20, 29)];
        await using (ServerUnderLoad restored = await StartAsync(Copy))
        {
            await using ChatClient ann = await ChatClient.GuestAsync(restored.Tcp, "ann");
            epoch = (await ann.JoinAsync("lobby")).Epoch;
            Assert.NotEqual(before.Epoch, epoch);
            await ExpectGoneAsync(ann, before.Epoch);

            // The room grows past the position: seq 11 is there again, and is another message than the one that was read.
            await SayAsync(ann, 20, 29);
            await ExpectGoneAsync(ann, before.Epoch);
            Assert.Equal(all, await ReadAsync(ann, epoch, 16));
            await restored.KillAsync();
        }

        // Restarting is not restoring.
        await using ServerUnderLoad restarted = await StartAsync(Copy);
        await using ChatClient again = await ChatClient.GuestAsync(restarted.Tcp, "ann");
        Assert.Equal(epoch, (await again.JoinAsync("lobby")).Epoch);
        Assert.Equal(all, await ReadAsync(again, epoch, 16));
    }

    [Fact]
    public async Task RenewEpochs_OfARawCopy_TellsItsReadersToStartAnew()
    {
        string before;
        await using (ServerUnderLoad server = await StartAsync(Data))
        {
            await using ChatClient ann = await ChatClient.GuestAsync(server.Tcp, "ann");
            before = (await ann.CreateAsync("lobby")).Epoch;
            (int refused, string complaint) = await ServerCommand.RunAsync("renew-epochs", $"--RSocketIm:Data:Directory={Data}");
            Assert.Equal(2, refused);
            Assert.Contains("in use by another server", complaint, StringComparison.Ordinal);
            await server.KillAsync();
        }

        (int exitCode, string output) = await ServerCommand.RunAsync("renew-epochs", $"--RSocketIm:Data:Directory={Data}");
        Assert.True(exitCode == 0, output);
        Assert.Equal("1 rooms have a new epoch.", output.Trim());
        await using ServerUnderLoad renewed = await StartAsync(Data);
        await using ChatClient reader = await ChatClient.GuestAsync(renewed.Tcp, "ann");
        await ExpectGoneAsync(reader, before);
    }

    private static async Task ExpectGoneAsync(ChatClient client, string epoch)
    {
        Reading[] stale =
        [
            client.Stream("rooms.feed", FeedRequest.Format, new FeedRequest { Room = "lobby", After = 11, Epoch = epoch }, 1),
            client.Stream("rooms.feed", FeedRequest.Format, new FeedRequest { Room = "lobby", After = 1, Epoch = epoch }, 1),
            client.Stream("inbox.feed", InboxRequest.Format, Inbox(11, epoch), 1),
        ];
        foreach (Reading reading in stale)
        {
            RSocketException failure = await reading.FailureAsync();
            Assert.Equal((uint)ContractError.Gone, (uint)failure.Code);
        }
    }

    // Both ways to read: each has all messages, once and in order.
    private static async Task<string[]> ReadAsync(ChatClient client, string epoch, int entries)
    {
        Reading feed = client.Stream("rooms.feed", FeedRequest.Format, new FeedRequest { Room = "lobby", After = 0, Epoch = epoch }, entries);
        Reading inbox = client.Stream("inbox.feed", InboxRequest.Format, Inbox(0, epoch), entries);
        List<string> ids = [];
        for (int seq = 1; seq <= entries; seq++)
        {
            RoomEvent entry = await feed.NextEventAsync();
            Assert.Equal((seq, seq, entry.Id), (entry.Seq, (await inbox.NextEventAsync()).Seq, entry.Id));
            if (entry.Id is { } id)
            {
                ids.Add(id);
            }
        }

        return [.. ids];
    }

    private static InboxRequest Inbox(long after, string epoch) =>
        new() { Positions = new Dictionary<string, long> { ["lobby"] = after }, Epochs = new Dictionary<string, string> { ["lobby"] = epoch } };

    private static string[] Ids(int first, int last) => [.. Enumerable.Range(first, last - first + 1).Select(number => $"m{number}")];

    private static async Task SayAsync(ChatClient client, int first, int last)
    {
        foreach (string id in Ids(first, last))
        {
            await client.SendAsync("lobby", id, "text");
        }
    }

    private static Task<ServerUnderLoad> StartAsync(string directory) => ServerUnderLoad.StartAsync(Directory.CreateDirectory(directory).FullName);
}
