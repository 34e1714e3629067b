using RSocketIm.LoadTest.Servers;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Streams;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Storage.Sqlite;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.EndToEnd;

/// <summary><c>verify</c>, <c>backup</c> and a restart, as an operator does them.</summary>
public sealed class StoreCommandTests : IDisposable
{
    private readonly DirectoryInfo root = Directory.CreateTempSubdirectory("rsocketim-test-");

    private string Data => Path.Combine(root.FullName, "data");

    private string Copy => Path.Combine(root.FullName, "copy");

    public void Dispose() => root.Delete(recursive: true);

    [Fact]
    public async Task Backup_OfARunningServer_GivesADirectoryThatAServerStartsOn()
    {
        await using (ServerUnderLoad server = await StartAsync(Data))
        {
            await SayAsync(server, "before");
            (int exitCode, string output) = await RunAsync("backup", Copy, $"--RSocketIm:Data:Directory={Data}");
            Assert.True(exitCode == 0, output);
            await SayAsync(server, "after");
        }

        Assert.Equal(0, (await RunAsync("verify", $"--RSocketIm:Data:Directory={Copy}")).ExitCode);
        await using ServerUnderLoad restored = await StartAsync(Copy);
        await using LoadClient reader = await LoadClient.ConnectAsync(restored.Tcp, "alice");
        Assert.Equal(2, await reader.HeadAsync("lobby"));
        (int again, string complaint) = await RunAsync("backup", Copy, $"--RSocketIm:Data:Directory={Data}");
        Assert.Equal(2, again);
        Assert.Contains("not empty", complaint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_WhileAServerHasTheDirectory_RefusesInOneSentence()
    {
        await using ServerUnderLoad server = await StartAsync(Data);
        (int exitCode, string output) = await RunAsync("verify", $"--RSocketIm:Data:Directory={Data}");
        Assert.Equal(2, exitCode);
        Assert.Contains("in use by another server", output, StringComparison.Ordinal);
        (exitCode, output) = await ServerProcess.RunAsync($"--RSocketIm:Data:Directory={Data}");
        Assert.Equal(1, exitCode);
        Assert.Contains("RSocketIm cannot start: ", output, StringComparison.Ordinal);
        Assert.Contains("in use by another server", output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_OfADamagedBlock_NamesItAndExitsWithOne()
    {
        await using (ServerUnderLoad server = await StartAsync(Data))
        {
            await SayAsync(server, "words");
        }

        (int exitCode, string output) = await RunAsync("verify", $"--RSocketIm:Data:Directory={Data}");
        Assert.True(exitCode == 0, output);
        Assert.Contains("1 rooms, 2 blocks, 2 entries", output, StringComparison.Ordinal);
        using (Database database = Database.OpenWriter(Path.Combine(Data, LogSchema.FileName), durable: true, 1 << 20))
        {
            database.Execute("UPDATE blocks SET data = zeroblob(length(data)) WHERE number = (SELECT MAX(number) FROM blocks)");
        }

        (exitCode, output) = await RunAsync("verify", $"--RSocketIm:Data:Directory={Data}");
        Assert.Equal(1, exitCode);
        Assert.Contains("lobby", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_OfAnAttachmentThatWasAltered_NamesItAndExitsWithOne_AndABackupHasItsFiles()
    {
        UploadResult kept;
        await using (ServerUnderLoad server = await StartAsync(Data))
        {
            await using ChatClient client = await ChatClient.GuestAsync(server.Tcp, "alice");
            await client.CreateAsync("lobby");
            byte[] content = new byte[100_000];
            UploadRequest request = new() { Room = "lobby", Name = "x.bin", Type = "application/octet-stream", Size = content.Length };
            PayloadSource chunks = PayloadSources.From(content.Chunk(64_000).Select(chunk => new Payload(chunk)));
            kept = await client.Channel(client.Encode("attachments.upload", UploadRequest.Format, request), chunks, 1).NextAsync(UploadResult.Format);
            (int done, string copied) = await RunAsync("backup", Copy, $"--RSocketIm:Data:Directory={Data}");
            Assert.True(done == 0, copied);
        }

        foreach (string directory in (string[])[Data, Copy])
        {
            (int whole, string said) = await RunAsync("verify", $"--RSocketIm:Data:Directory={directory}");
            Assert.True(whole == 0, said);
            Assert.Contains("1 attachments with 1 files, 100000 bytes", said, StringComparison.Ordinal);
        }

        string file = Path.Combine(Data, "attachments", kept.Sha256[..2], kept.Sha256[2..]);
        byte[] altered = await File.ReadAllBytesAsync(file);
        altered[70_000] = 1;
        await File.WriteAllBytesAsync(file, altered);
        (int exitCode, string output) = await RunAsync("verify", $"--RSocketIm:Data:Directory={Data}");
        Assert.Equal(1, exitCode);
        Assert.Contains($"File {kept.Sha256} is not what was uploaded", output, StringComparison.Ordinal);

        File.Delete(file);
        (exitCode, output) = await RunAsync("verify", $"--RSocketIm:Data:Directory={Data}");
        Assert.Equal(1, exitCode);
        Assert.Contains($"File {kept.Sha256} is missing (attachment {kept.Id}).", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("verify")]
    [InlineData("backup")]
    [InlineData("renew-epochs")]
    public async Task Command_WithoutALog_SaysSo(string command)
    {
        string data = $"--RSocketIm:Data:Directory={Data}";
        (int exitCode, string output) = await RunAsync(command == "backup" ? [command, Copy, data] : [command, data]);
        Assert.Equal(2, exitCode);
        Assert.Contains("There is no log.db in", output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Data));
    }

    private static Task<ServerUnderLoad> StartAsync(string directory) => ServerUnderLoad.StartAsync(Directory.CreateDirectory(directory).FullName);

    private static async Task SayAsync(ServerUnderLoad server, string id)
    {
        await using LoadClient client = await LoadClient.ConnectAsync(server.Tcp, "alice");
        await client.EnterAsync("lobby");
        await client.SendAsync("lobby", id, "Hello");
    }

    private static Task<(int ExitCode, string Output)> RunAsync(params string[] arguments) => ServerCommand.RunAsync(arguments);
}
