using RSocketIm.Server.Contracts;

namespace RSocketIm.Tests.TestKit;

/// <summary>A client that was there before and minds its own room, beside somebody who runs into limits.</summary>
internal sealed class Neighbour : IAsyncDisposable
{
    private readonly string room;
    private readonly Reading feed;
    private int sent;

    private Neighbour(ChatClient client, string room)
    {
        Client = client;
        this.room = room;
        feed = client.Feed(room, 1_000);
    }

    public ChatClient Client { get; }

    public static async Task<Neighbour> MoveInAsync(HostedServer server, bool overTcp = true)
    {
        ChatClient client = await server.GuestAsync("neighbour", overTcp: overTcp);
        string room = server.Name("quiet-room");
        await client.CreateAsync(room);
        Neighbour neighbour = new(client, room);
        await neighbour.ExpectUnharmedAsync();
        return neighbour;
    }

    /// <summary>The same connection and the same feed as ever: what is said there is heard there, each thing once.</summary>
    public async Task ExpectUnharmedAsync()
    {
        MessageSent message = await Client.SendAsync(room, $"m{sent}", $"text {sent++}");
        RoomEvent heard;
        do
        {
            heard = await feed.NextEventAsync();
        }
        while (heard.Seq < message.Seq);
        Assert.Equal(message.Seq, heard.Seq);
        Assert.False(Client.Connection.Closed.IsCompleted);
    }

    public ValueTask DisposeAsync() => Client.DisposeAsync();
}
