using System.Net;
using System.Net.Sockets;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Server.Contracts;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.EndToEnd;

/// <summary>The server as a process, seen from outside.</summary>
public sealed class ServerProcessTests
{
    [Fact]
    public async Task TwoClients_OverWebSocketAndTcp_ChatInOneRoom()
    {
        await using ServerProcess server = await ServerProcess.StartAsync();
        using HttpClient http = new() { BaseAddress = server.Http };
        await using ChatClient alice = await ChatClient.BearerAsync(server.WebSocket, (await Http.GuestAsync(http, "alice")).Token, DataFormat.Json);
        await using ChatClient bob = await ChatClient.BearerAsync(server.Tcp, (await Http.GuestAsync(http, "bob")).Token);
        await alice.CreateAsync("lobby");
        Reading aliceReads = alice.Feed("lobby", 4);
        Reading bobReads = bob.Feed("lobby", 4);
        await bob.JoinAsync("lobby");
        await alice.SendAsync("lobby", "a", "Hi Bob");
        await bob.SendAsync("lobby", "b", "Hi Alice");
        foreach (Reading reads in (Reading[])[aliceReads, bobReads])
        {
            string[] said = new string[4];
            for (int i = 0; i < 4; i++)
            {
                RoomEvent entry = await reads.NextEventAsync();
                Assert.Equal(i + 1, entry.Seq);
                said[i] = $"{entry.From} {entry.Text ?? entry.Change}";
            }

            Assert.Equal(["alice joined", "bob joined", "alice Hi Bob", "bob Hi Alice"], said);
        }

        // No credit is left, so the next three wait for it.
        for (int i = 0; i < 3; i++)
        {
            await alice.SendAsync("lobby", $"more{i}", "more");
        }

        await bob.WhoAmIAsync();
        Assert.Equal(4, bobReads.Count);
        bobReads.Grant(3);
        Assert.Equal((long[])[5, 6, 7], await bobReads.NextSeqsAsync(3));
    }

    [Fact]
    public async Task ReadersWithoutCredit_BesideOthers_DelayNobodyAndMissNothing()
    {
        const int Messages = 300;
        await using ServerProcess server = await ServerProcess.StartAsync();
        await using ChatClient writer = await ChatClient.GuestAsync(server.Tcp, "writer");
        await using ChatClient stalled = await ChatClient.GuestAsync(server.WebSocket, "stalled");
        await using ChatClient reader = await ChatClient.GuestAsync(server.WebSocket, "reader");
        await writer.CreateAsync("busy");
        Reading slow = stalled.Feed("busy", 1);
        Reading quick = reader.Feed("busy", int.MaxValue);
        for (int i = 0; i < Messages; i++)
        {
            await writer.SendAsync("busy", $"m{i}", "text");
        }

        long[] all = [.. Enumerable.Range(1, Messages + 1).Select(static seq => (long)seq)];
        Assert.Equal(all, await quick.NextSeqsAsync(all.Length));
        Assert.Equal(1, slow.Count);
        slow.Grant(int.MaxValue - 1);
        Assert.Equal(all, await slow.NextSeqsAsync(all.Length));
    }

    [Fact]
    public async Task Sigterm_EndsFeedsWithUnavailable_ClosesConnectionsAndExitsWithZero()
    {
        await using ServerProcess server = await ServerProcess.StartAsync();
        await using ChatClient overWebSocket = await ChatClient.GuestAsync(server.WebSocket, "alice");
        await using ChatClient overTcp = await ChatClient.GuestAsync(server.Tcp, "bob");
        await overWebSocket.CreateAsync("lobby");
        Reading[] streams =
        [
            overWebSocket.Feed("lobby", 10),
            overTcp.Feed("lobby", 1),
            overTcp.Stream("signals.feed", RoomRef.Format, new RoomRef { Room = "lobby" }, 10),
            overTcp.Stream("system.count", CountRequest.Format, new CountRequest { Count = 1_000 }, 1),
        ];
        foreach (Reading stream in streams)
        {
            await stream.NextAsync();
        }

        server.Terminate();
        foreach (Reading stream in streams)
        {
            Assert.Equal((ErrorCode)0x503, (await stream.FailureAsync()).Code);
        }

        await overWebSocket.Connection.Closed.WaitAsync(ChatClient.Patience);
        await overTcp.Connection.Closed.WaitAsync(ChatClient.Patience);
        Assert.Equal(0, await server.WaitForExitAsync());
    }

    [Theory]
    [InlineData("--RSocketIm:Tcp:Port=70000", "RSocketIm:Tcp:Port is '70000'")]
    [InlineData("--RSocketIm:Auth:SigningKey=changeme-changeme-changeme-changeme", "looks like a sample")]
    [InlineData("--urls=nonsense", "nonsense")]
    public async Task WrongConfiguration_RefusesToStartWithOneSentence(string option, string sentence)
    {
        (int exitCode, string errors) = await ServerProcess.RunAsync(option);
        Assert.Equal(1, exitCode);
        Assert.Contains("RSocketIm cannot start: ", errors, StringComparison.Ordinal);
        Assert.Contains(sentence, errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--urls=http://127.0.0.1:{0}")]
    [InlineData("--RSocketIm:Tcp:Port={0}")]
    public async Task PortInUse_RefusesToStartWithOneSentence(string option)
    {
        using Socket taken = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();
        int port = ((IPEndPoint)taken.LocalEndPoint!).Port;
        (int exitCode, string errors) = await ServerProcess.RunAsync(option.Replace("{0}", $"{port}", StringComparison.Ordinal));
        Assert.Equal(1, exitCode);
        Assert.Contains("in use", errors, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
    }
}
