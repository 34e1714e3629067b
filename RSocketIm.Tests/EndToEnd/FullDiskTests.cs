using System.Net;
using RSocketIm.LoadTest.Durability;
using RSocketIm.LoadTest.Servers;
using RSocketIm.Protocol;
using RSocketIm.Server.Contracts;
using RSocketIm.Tests.TestKit;
using Xunit.Abstractions;

namespace RSocketIm.Tests.EndToEnd;

/// <summary>A real server whose disk is really full, and then is not any more.</summary>
public sealed class FullDiskTests(ITestOutputHelper output)
{
    private const string Room = "full";
    private const int Senders = 4;

    // One refusal may be of a large commit while a small one still fits; so many in a row are a full disk.
    private const int RefusalsInARow = 5;

    [Fact]
    public async Task AFullFileSystem_StopsSendersAndNobodyElse_AndIsForgottenWhenThereIsSpace()
    {
        await using ScarceDisk disk = await ScarceDisk.TryMountAsync() ?? ScarceDisk.OfSmallFiles();
        await FillAndFreeAsync(disk);
    }

    [Fact]
    public async Task FilesThatMayNotGrow_StopSendersAndNobodyElse_AndAreForgottenWhenTheyMay()
    {
        await using ScarceDisk disk = ScarceDisk.OfSmallFiles();
        await FillAndFreeAsync(disk);
    }

    private async Task FillAndFreeAsync(ScarceDisk disk)
    {
        output.WriteLine($"The disk: {disk.Means}.");
        string data = Directory.CreateDirectory(Path.Combine(disk.Directory, "data")).FullName;
        Sender[] senders = [.. Enumerable.Range(0, Senders).Select(number => new Sender($"sender{number}"))];
        await using (ServerUnderLoad server = await ServerUnderLoad.StartAsync(data))
        {
            foreach (Sender sender in senders)
            {
                await sender.EnterAsync(server.Tcp);
            }

            await using ChatClient reader = await ChatClient.GuestAsync(server.Tcp, "reader");
            Reading live = reader.Feed(Room, int.MaxValue);
            List<RoomEvent> seen = [];
            await disk.LimitAsync(server.ProcessId);

            await Task.WhenAll(senders.Select(sender => sender.SendUntilRefusedAsync(RefusalsInARow))).WaitAsync(ServerProcess.Patience);
            output.WriteLine($"Full after {senders.Sum(sender => sender.Acknowledged.Count)} messages.");
            await ExpectNotReadyAsync(server, senders[0]);
            await ReadLiveAsync(live, seen, senders);
            Compare(seen, senders);
            Compare(await ReadAllAsync(server), senders);

            await disk.FreeAsync();
            await Task.WhenAll(senders.Select(sender => sender.SendAsync(50))).WaitAsync(ServerProcess.Patience);
            Assert.Equal(HttpStatusCode.OK, (await ReadyAsync(server)).Status);
            await ReadLiveAsync(live, seen, senders);
            Compare(seen, senders);
            output.WriteLine($"Went on to {senders.Sum(sender => sender.Acknowledged.Count)} messages.");
            await server.KillAsync();
            foreach (Sender sender in senders)
            {
                await sender.DisposeAsync();
            }
        }

        await using (ServerUnderLoad restarted = await ServerUnderLoad.StartAsync(data))
        {
            Compare(await ReadAllAsync(restarted), senders);
            await restarted.KillAsync();
        }

        (int exitCode, string said) = await ServerCommand.RunAsync("verify", $"--RSocketIm:Data:Directory={data}");
        Assert.True(exitCode == 0, said);
    }

    private static void Compare(List<RoomEvent> entries, Sender[] senders)
    {
        List<string> violations = [];
        CrashCheck.Compare(Room, entries, senders.ToDictionary(sender => sender.User, sender => (IReadOnlyList<long>)sender.Acknowledged), violations);
        Assert.Empty(violations);
    }

    // A refused send may make room by chance, so that the store is well for a moment: asked after a refusal until it is not.
    private static async Task ExpectNotReadyAsync(ServerUnderLoad server, Sender sender)
    {
        long start = TimeProvider.System.GetTimestamp();
        (HttpStatusCode status, string text) = await ReadyAsync(server);
        while (status != HttpStatusCode.ServiceUnavailable)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Guard.Patience, $"/readyz said {status}: {text}");
            await sender.SendUntilRefusedAsync(1);
            (status, text) = await ReadyAsync(server);
        }

        Assert.Contains("The store cannot write: ", text, StringComparison.Ordinal);
    }

    private static async Task<(HttpStatusCode Status, string Text)> ReadyAsync(ServerUnderLoad server)
    {
        using HttpClient http = new();
        using HttpResponseMessage answer = await http.GetAsync(new Uri(server.Http, "/readyz"));
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private static async Task ReadLiveAsync(Reading live, List<RoomEvent> seen, Sender[] senders)
    {
        long last = senders.Max(sender => sender.Acknowledged[^1]);
        while (seen.Count == 0 || seen[^1].Seq < last)
        {
            seen.Add(await live.NextEventAsync());
        }
    }

    private static async Task<List<RoomEvent>> ReadAllAsync(ServerUnderLoad server)
    {
        await using LoadClient client = await LoadClient.ConnectAsync(server.Tcp, "late");
        List<RoomEvent> entries = [];
        await foreach (RoomEvent entry in client.ReadAsync(Room, 0, await client.HeadAsync(Room)))
        {
            entries.Add(entry);
        }

        return entries;
    }

    /// <summary>Sends messages 0, 1, 2 … one after the other; what was refused is sent again under the same id.</summary>
    private sealed class Sender(string user) : IAsyncDisposable
    {
        private LoadClient? client;

        public string User => user;

        public List<long> Acknowledged { get; } = [];

        public ValueTask DisposeAsync() => client?.DisposeAsync() ?? ValueTask.CompletedTask;

        public async Task EnterAsync(string address)
        {
            client = await LoadClient.ConnectAsync(address, user);
            await client.EnterAsync(Room);
        }

        public async Task SendUntilRefusedAsync(int inARow)
        {
            for (int refused = 0; refused < inARow;)
            {
                refused = await TrySendAsync() ? 0 : refused + 1;
            }
        }

        public async Task SendAsync(int count)
        {
            for (int sent = 0; sent < count;)
            {
                sent += await TrySendAsync() ? 1 : 0;
            }
        }

        private async Task<bool> TrySendAsync()
        {
            long message = Acknowledged.Count;
            try
            {
                MessageSent sent = MessageSent.Format.Read(
                    RSocketIm.Protocol.Payloads.Records.DataFormat.MessagePack,
                    (await client!.SendAsync(Room, CrashSender.IdOf(message), CrashSender.TextOf(user, message))).Data);
                Acknowledged.Add(sent.Seq);
                return true;
            }
            catch (RSocketException error) when ((uint)error.Code == (uint)ContractError.Unavailable)
            {
                return false;
            }
        }
    }
}
