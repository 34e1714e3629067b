using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.EndToEnd.Routes;

/// <summary>The clients of one scenario, which speak JSON, and a note of the routes that they called.</summary>
/// <param name="server">The server.</param>
/// <param name="overTcp">Over TCP, or over WebSocket.</param>
internal sealed class Callers(RunningServer server, bool overTcp) : IAsyncDisposable
{
    private readonly int number = server.Number();
    private readonly List<ChatClient> clients = [];

    /// <summary>A room's id that no other scenario uses.</summary>
    public string Room => $"room{number}";

    public HashSet<(string Route, Interaction Interaction)> Called { get; } = [];

    /// <summary>Connects somebody; the name gets a number that no other scenario has.</summary>
    public async Task<JsonCaller> AsAsync(string stem)
    {
        string user = $"{stem}{number}";
        ChatClient client = await ChatClient.GuestAsync(server.Address(overTcp), user, DataFormat.Json);
        clients.Add(client);
        await client.WhoAmIAsync(); // connecting is not answered: this says that the server knows of it
        return new JsonCaller(client, user, Called);
    }

    /// <summary>A public room with two members.</summary>
    public async Task<(JsonCaller Owner, JsonCaller Member)> TwoInARoomAsync()
    {
        (JsonCaller owner, JsonCaller member) = (await AsAsync("owner"), await AsAsync("member"));
        await owner.CreateAsync(Room);
        await member.JoinAsync(Room);
        return (owner, member);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (ChatClient client in clients)
        {
            await client.DisposeAsync();
        }
    }
}
