using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Protocol.Streams;
using RSocketIm.Server.Attachments;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Diagnostics;
using RSocketIm.Tests.Server.TestKit;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Server.Attachments;

public sealed class AttachmentTests : IDisposable
{
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("rsocketim-attachments-");
    private readonly ChatWorld world = new();
    private readonly ServiceProvider services =
        new ServiceCollection().AddMetrics().AddSingleton<LimitMetrics>().AddSingleton<MetricsExporter>().BuildServiceProvider();
    private readonly AttachmentOptions options;
    private readonly AttachmentFiles files;
    private readonly AttachmentMetrics metrics;
    private readonly AttachmentDesk desk;
    private readonly AttachmentSweep sweep;

    public AttachmentTests()
    {
        options = new AttachmentOptions { Directory = directory.FullName, MaxBytes = 1_000_000, MaxOpenUploads = 2, RoomBytes = 400_000 };
        files = new AttachmentFiles(options);
        metrics = new AttachmentMetrics(limits: services.GetRequiredService<LimitMetrics>());
        desk = new AttachmentDesk(world.Directory, world.Store, files, options, metrics, world.Time, NullLogger<AttachmentDesk>.Instance);
        sweep = new AttachmentSweep(world.Directory, world.Store, files, options, world.Time, NullLogger<AttachmentSweep>.Instance);
    }

    public void Dispose()
    {
        sweep.Dispose();
        metrics.Dispose();
        world.Dispose();
        services.Dispose();
        directory.Delete(recursive: true);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(65_536, 4)]
    [InlineData(300_000, 40)]
    public async Task Upload_ThenDownload_GivesTheSameBytes(int size, int chunks)
    {
        await world.CreateAsync("ann", "lobby");
        byte[] content = Content(size);
        UploadResult result = await UploadAsync("ann", content, chunks, Hash(content).ToUpperInvariant());

        Assert.Equal((size, Hash(content)), (result.Size, result.Sha256));
        Assert.Matches("^[0-9a-f]{32}$", result.Id);
        Assert.Equal(content, await DownloadAsync("bob", result.Id, 0));
        Assert.Equal(content[(size / 2)..], await DownloadAsync("bob", result.Id, size / 2));
        Assert.Equal([Hash(content)], files.Hashes());
        Assert.Equal(0, desk.OpenUploads);
    }

    [Fact]
    public async Task Upload_GrantsCreditAsChunksReachTheFile()
    {
        await world.CreateAsync("ann", "lobby");
        FakeIncoming incoming = new();
        FakeStream stream = new(desk.Upload("ann", Request(100), DataFormat.Json, incoming));
        stream.Grant(1);
        Assert.Equal(AttachmentUpload.Window, incoming.Credit);
        for (int i = 1; i <= 10; i++)
        {
            incoming.Next(Content(10));
            await incoming.GrantedAsync(AttachmentUpload.Window + i);
        }

        Assert.Equal(0, stream.Count);
        incoming.Complete();
        await stream.Ended;
        Assert.Equal(100, UploadResult.Format.Read(DataFormat.Json, stream.Received[0]).Size);
    }

    [Fact]
    public async Task Upload_OfAnotherSizeOrHash_IsABadRequestAndKeepsNothing()
    {
        await world.CreateAsync("ann", "lobby");

        Assert.Equal("bad_request: 'size' is 10, but 9 bytes came; nothing was kept.", await FailedUploadAsync(Request(10), Content(9)));
        Assert.Equal("bad_request: 'size' is 10, but at least 11 bytes came; nothing was kept.", await FailedUploadAsync(Request(10), Content(11)));
        string wrong = new('0', 64);
        Assert.Equal(
            $"bad_request: 'sha256' is {wrong}, but what came has {Hash(Content(10))}; nothing was kept.",
            await FailedUploadAsync(Request(10) with { Sha256 = wrong }, Content(10)));
        Assert.Empty(Directory.EnumerateFiles(directory.FullName, "*", SearchOption.AllDirectories));
        Assert.Equal(0, desk.OpenUploads);
    }

    [Fact]
    public async Task Upload_CutInTheMiddle_LeavesNothing()
    {
        await world.CreateAsync("ann", "lobby");
        FakeIncoming incoming = new();
        FakeStream stream = new(desk.Upload("ann", Request(100), DataFormat.Json, incoming));
        incoming.Next(Content(10));
        await incoming.GrantedAsync(AttachmentUpload.Window + 1);
        Assert.Single(Directory.EnumerateFiles(directory.FullName, "*", SearchOption.AllDirectories));
        stream.Cancel();
        incoming.Next(Content(10));

        while (desk.OpenUploads > 0)
        {
            await Task.Yield();
        }

        Assert.Empty(Directory.EnumerateFiles(directory.FullName, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Upload_ThatTheStoreDoesNotTake_IsUnavailable_AndTheFileGoesAtTheNextStart()
    {
        await world.CreateAsync("ann", "lobby");
        world.Store.AddAttachmentFailure = new IOException("full");

        Assert.StartsWith("unavailable: ", await FailedUploadAsync(Request(10), Content(10)), StringComparison.Ordinal);
        await sweep.RemoveUnknownAsync(CancellationToken.None);
        Assert.Empty(files.Hashes());
    }

    [Fact]
    public async Task Uploads_NeedMembershipAndStayWithinTheLimits()
    {
        await world.CreateAsync("ann", "lobby");
        await world.CreateAsync("ann", "club", "private");
        FakeIncoming incoming = new();

        Assert.Equal("forbidden", RefusalOf(() => desk.Upload("bob", Request(1), DataFormat.Json, incoming)));
        Assert.Equal("not_found", RefusalOf(() => desk.Upload("bob", Request(1) with { Room = "club" }, DataFormat.Json, incoming)));
        Assert.Equal("too_large", RefusalOf(() => desk.Upload("ann", Request(1_000_001), DataFormat.Json, incoming)));
        FakeStream one = new(desk.Upload("ann", Request(1), DataFormat.Json, incoming));
        FakeStream two = new(desk.Upload("ann", Request(1), DataFormat.Json, new FakeIncoming()));
        Assert.Equal("unavailable", RefusalOf(() => desk.Upload("ann", Request(1), DataFormat.Json, incoming)));
        one.Cancel();
        two.Cancel();
        Assert.Equal(0, desk.OpenUploads);
        ExpectHit("attachment_bytes");
        ExpectHit("open_uploads");
    }

    [Fact]
    public async Task Upload_ThatItsRoomHasNoSpaceFor_IsTooLarge_BeforeAnythingIsSent()
    {
        await world.CreateAsync("ann", "lobby");
        await world.CreateAsync("ann", "other");
        await UploadAsync("ann", Content(300_000), 5);
        FakeIncoming incoming = new();
        FakeStream refused = new(desk.Upload("ann", Request(100_001), DataFormat.Json, incoming));
        await refused.Ended;

        Assert.Equal(
            "too_large: 'size' is 100001; room lobby would have more than 400000 bytes of attachments, which is all a room may have (RSocketIm:Limits:AttachmentBytesPerRoom).",
            refused.Error!.Message);
        ExpectHit("attachment_bytes_per_room");
        Assert.Equal((0, 0), (incoming.Credit, desk.OpenUploads));
        await UploadAsync("ann", Content(100_001), 1, room: "other");
        await UploadAsync("ann", Content(100_000), 1);
        await UploadAsync("ann", [], 1);
    }

    [Fact]
    public async Task Upload_OfWhatItsRoomHas_TakesNoSpace()
    {
        await world.CreateAsync("ann", "lobby");
        byte[] content = Content(300_000);
        await UploadAsync("ann", content, 5);
        await UploadAsync("ann", content, 5, Hash(content).ToUpperInvariant());
        Assert.Equal(300_000, (await world.Store.CountRoomAsync("lobby", null, default)).Bytes);
    }

    [Fact]
    public async Task UploadsAtTheSameTime_DoNotTakeTheSameSpace()
    {
        await world.CreateAsync("ann", "lobby");
        byte[][] contents = [Content(250_000), [.. Content(250_000).Reverse()]];
        FakeIncoming[] incoming = [new(), new()];
        FakeStream[] streams = [.. incoming.Select(each => new FakeStream(desk.Upload("ann", Request(250_000), DataFormat.Json, each)))];
        for (int i = 0; i < 2; i++)
        {
            streams[i].Grant(1);
            await incoming[i].GrantedAsync(AttachmentUpload.Window);
            incoming[i].Next(contents[i]);
        }

        Array.ForEach(incoming, each => each.Complete());
        await Task.WhenAll(streams.Select(stream => stream.Ended));
        await Guard.Until(() => desk.OpenUploads == 0, "both uploads are over");

        FakeStream refused = Assert.Single(streams, stream => stream.Error is not null);
        Assert.StartsWith("too_large: 'size' is 250000; room lobby", refused.Error!.Message, StringComparison.Ordinal);
        Assert.Equal([Hash(contents[Array.IndexOf(streams, refused) == 0 ? 1 : 0])], files.Hashes());
    }

    [Fact]
    public async Task DeletedMessage_GivesItsSpaceBack()
    {
        await world.CreateAsync("ann", "lobby");
        string id = (await UploadAsync("ann", Content(300_000), 5)).Id;
        long seq = await SendAsync("lobby", id);
        await DeleteAsync("lobby", seq);
        await UploadAsync("ann", [.. Content(300_000).Reverse()], 5);
    }

    [Fact]
    public async Task Upload_ByWhoIsPutOutMeanwhile_IsForbidden()
    {
        await world.CreateAsync("ann", "lobby");
        await world.JoinAsync("bob", "lobby");
        FakeIncoming incoming = new();
        FakeStream stream = new(desk.Upload("bob", Request(10), DataFormat.Json, incoming));
        stream.Grant(1);
        incoming.Next(Content(10));
        await world.RemoveAsync("ann", "lobby", "bob");
        incoming.Complete();
        await stream.Ended;

        Assert.StartsWith("forbidden: ", stream.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Download_NeedsTheRightToRead_TheRightRoomAndAnOffsetWithin()
    {
        await world.CreateAsync("ann", "lobby");
        await world.CreateAsync("ann", "club", "private");
        string id = (await UploadAsync("ann", Content(10), 1)).Id;

        Assert.Equal("not_found", await ChatWorld.RefusalOf(() => DownloadAsync("bob", "none", 0)));
        Assert.Equal("not_found", await ChatWorld.RefusalOf(() => DownloadAsync("ann", id, 0, "club")));
        Assert.Equal("not_found", await ChatWorld.RefusalOf(() => DownloadAsync("bob", id, 0, "club")));
        Assert.Equal("bad_request", await ChatWorld.RefusalOf(() => DownloadAsync("bob", id, 11)));
        Assert.Empty(await DownloadAsync("bob", id, 10));
    }

    [Fact]
    public async Task Download_SendsNoMoreThanItsCredit_AndEndsWhenTheRightDoes()
    {
        await world.CreateAsync("ann", "lobby");
        string id = (await UploadAsync("ann", Content(300_000), 5)).Id;
        FakeStream stream = new(await desk.DownloadAsync("bob", new DownloadRequest { Room = "lobby", Id = id }, default), onThreadPool: true);
        stream.Grant(2);
        await stream.ReceivedAsync(2);
        Assert.Equal(2 * AttachmentDownload.ChunkBytes, stream.Received.Sum(chunk => chunk.Length));
        await world.BanAsync("ann", "lobby", "bob");
        stream.Grant(10);
        await stream.Ended;

        Assert.Equal((2, "forbidden: You may no longer read room lobby."), (stream.Count, stream.Error!.Message));
    }

    [Fact]
    public async Task Download_OfAFileThatIsGoneOrShort_IsUnavailable()
    {
        await world.CreateAsync("ann", "lobby");
        byte[] content = Content(100_000);
        string id = (await UploadAsync("ann", content, 2)).Id;
        string path = Path.Combine(directory.FullName, Hash(content)[..2], Hash(content)[2..]);
        await File.WriteAllBytesAsync(path, content[..70_000]);
        FakeStream stream = new(await desk.DownloadAsync("ann", new DownloadRequest { Room = "lobby", Id = id }, default), onThreadPool: true);
        stream.Grant(10);
        await stream.Ended;
        Assert.StartsWith("unavailable: ", stream.Error!.Message, StringComparison.Ordinal);

        File.Delete(path);
        Assert.Equal("unavailable", await ChatWorld.RefusalOf(() => DownloadAsync("ann", id, 0)));
    }

    [Fact]
    public async Task Message_MayCarryWhatWasUploadedToItsRoom_AndNothingElseOfOurs()
    {
        await world.CreateAsync("ann", "lobby");
        await world.CreateAsync("ann", "other");
        string id = (await UploadAsync("ann", Content(10), 1)).Id;

        await SendAsync("lobby", id);
        Assert.Equal(id, (await world.HistoryAsync("ann", "lobby"))[^1].Attachments![0].Id);
        Assert.Equal("not_found", await ChatWorld.RefusalOf(() => SendAsync("other", id)));
        Assert.Equal("not_found", await ChatWorld.RefusalOf(() => SendAsync("lobby", new string('0', 32))));
        await SendAsync("lobby", "elsewhere-42");
        Assert.Equal(1, world.Room("other").Head);
    }

    [Fact]
    public async Task Sweep_RemovesWhatNoMessageCarriesAfterADay()
    {
        await world.CreateAsync("ann", "lobby");
        string used = (await UploadAsync("ann", Content(10), 1)).Id;
        string unused = (await UploadAsync("ann", Content(20), 1)).Id;
        await SendAsync("lobby", used);
        world.Time.Advance(TimeSpan.FromHours(23.5));
        await sweep.Last;
        Assert.Equal(2, files.Hashes().Count());

        world.Time.Advance(TimeSpan.FromHours(1));
        await sweep.Last;
        Assert.Equal([Hash(Content(10))], files.Hashes());
        Assert.Equal("not_found", await ChatWorld.RefusalOf(() => DownloadAsync("ann", unused, 0)));
    }

    [Fact]
    public async Task DeletedMessage_TakesItsFileAlong_UnlessAnotherCarriesIt()
    {
        await world.CreateAsync("ann", "lobby");
        await world.CreateAsync("ann", "other");
        string id = (await UploadAsync("ann", Content(10), 1)).Id;
        string twin = (await UploadAsync("ann", Content(10), 1, room: "other")).Id;
        long first = await SendAsync("lobby", id);
        long second = await SendAsync("lobby", id);
        long third = await SendAsync("other", twin);
        Assert.Single(files.Hashes());

        await DeleteAsync("lobby", first);
        Assert.Equal(Content(10), await DownloadAsync("ann", id, 0));
        await DeleteAsync("lobby", second);
        Assert.Equal("not_found", await ChatWorld.RefusalOf(() => DownloadAsync("ann", id, 0)));
        Assert.Single(files.Hashes());
        await DeleteAsync("other", third);
        Assert.Empty(files.Hashes());
    }

    [Fact]
    public async Task Start_RemovesWhatDidNotFinish()
    {
        string leftOver = Path.Combine(directory.FullName, "incoming", "left.over");
        await File.WriteAllTextAsync(leftOver, "half");

        _ = new AttachmentFiles(options);
        Assert.False(File.Exists(leftOver));
    }

    private void ExpectHit(string limit) => Assert.Contains(
        $"rsocketim_limit_hits_total{{limit=\"{limit}\"}} 1\n", services.GetRequiredService<MetricsExporter>().Write(), StringComparison.Ordinal);

    private static UploadRequest Request(long size) => new() { Room = "lobby", Name = "x.bin", Type = "application/octet-stream", Size = size };

    private static byte[] Content(int size) => [.. Enumerable.Range(0, size).Select(i => (byte)(i * 7))];

    private static string Hash(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    private static string RefusalOf(Func<object> act) => Assert.Throws<RSocketException>(act).Message.Split(':')[0];

    private async Task<UploadResult> UploadAsync(string user, byte[] content, int chunks, string? sha256 = null, string room = "lobby")
    {
        FakeIncoming incoming = new();
        PayloadSource source = desk.Upload(user, Request(content.Length) with { Room = room, Sha256 = sha256 }, DataFormat.MessagePack, incoming);
        FakeStream stream = new(source);
        stream.Grant(1);
        long sent = 0;
        foreach (byte[] chunk in content.Chunk(Math.Max(1, (content.Length + chunks - 1) / chunks)))
        {
            await incoming.GrantedAsync(++sent);
            incoming.Next(chunk);
        }

        incoming.Complete();
        await stream.Ended;
        Assert.Null(stream.Error);
        while (desk.OpenUploads > 0)
        {
            await Task.Yield();
        }

        return UploadResult.Format.Read(DataFormat.MessagePack, stream.Received.Single());
    }

    private async Task<string> FailedUploadAsync(UploadRequest request, byte[] content)
    {
        FakeIncoming incoming = new();
        FakeStream stream = new(desk.Upload("ann", request, DataFormat.MessagePack, incoming));
        stream.Grant(1);
        incoming.Next(content);
        incoming.Complete();
        await stream.Ended;
        while (desk.OpenUploads > 0)
        {
            await Task.Yield();
        }

        return stream.Error!.Message;
    }

    private async Task<byte[]> DownloadAsync(string user, string id, long offset, string room = "lobby")
    {
        FakeStream stream = new(await desk.DownloadAsync(user, new DownloadRequest { Room = room, Id = id, Offset = offset }, default), onThreadPool: true);
        stream.Grant(1000);
        await stream.Ended;
        Assert.Null(stream.Error);
        Assert.All(stream.Received, chunk => Assert.InRange(chunk.Length, 1, 65_536));
        return [.. stream.Received.SelectMany(chunk => chunk)];
    }

    private async Task<long> SendAsync(string room, string id)
    {
        MessageSend message = world.Message(room, "look");
        message.Attachments = [new AttachmentInfo { Id = id, Name = "x.bin", Size = 10, Type = "application/octet-stream" }];
        return (await world.Rooms.SendAsync("ann", message, CancellationToken.None)).Seq;
    }

    private async Task DeleteAsync(string room, long seq)
    {
        await world.DeleteAsync("ann", room, seq);
        world.Time.Advance(TimeSpan.FromSeconds(5));
        await sweep.Last;
    }
}
