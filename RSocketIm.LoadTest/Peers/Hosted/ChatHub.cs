using Microsoft.AspNetCore.SignalR;

namespace RSocketIm.LoadTest.Peers.Hosted;

/// <summary>What a chat on SignalR begins with: a group for each room, nothing on disk.</summary>
internal sealed class ChatHub : Hub
{
#pragma warning disable CA1822 // SignalR calls methods of an instance only.
    public string Echo(string text) => text;
#pragma warning restore CA1822

    public Task Join(string room) => Groups.AddToGroupAsync(Context.ConnectionId, room);

    public Task Send(string room, string text) => Clients.Group(room).SendAsync("message", text);
}
