using System.Collections.Concurrent;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace RSocketIm.LoadTest.Peers.Hosted;

/// <summary>Kestrel's WebSocket and nothing else: what a server without protocol, rights, history or flow control costs.</summary>
internal sealed class RawWebSocketHost
{
    private const int MaxMessage = 4096;

    private static readonly byte[] Welcome = [1];

    private readonly ConcurrentDictionary<WebSocket, bool> subscribers = new();

    public void Map(WebApplication app)
    {
        app.Map("/echo", context => AcceptAsync(context, EchoAsync));
        app.Map("/subscribe", context => AcceptAsync(context, SubscribeAsync));
        app.Map("/publish", context => AcceptAsync(context, PublishAsync));
    }

    private static async Task AcceptAsync(HttpContext context, Func<WebSocket, CancellationToken, Task> serve)
    {
        using WebSocket socket = await context.WebSockets.AcceptWebSocketAsync().ConfigureAwait(false);
        try
        {
            await serve(socket, context.RequestAborted).ConfigureAwait(false);
        }
        catch (WebSocketException)
        {
            // The client went without a word, as the load's connections do.
        }
    }

    private static async Task EchoAsync(WebSocket socket, CancellationToken stopping)
    {
        await socket.SendAsync(Welcome.AsMemory(), WebSocketMessageType.Binary, endOfMessage: true, stopping).ConfigureAwait(false);
        byte[] buffer = new byte[MaxMessage];
        while (await ReceiveAsync(socket, buffer, stopping).ConfigureAwait(false) is { Length: > 0 } message)
        {
            await socket.SendAsync(message, WebSocketMessageType.Binary, endOfMessage: true, stopping).ConfigureAwait(false);
        }
    }

    private async Task SubscribeAsync(WebSocket socket, CancellationToken stopping)
    {
        await socket.SendAsync(Welcome.AsMemory(), WebSocketMessageType.Binary, endOfMessage: true, stopping).ConfigureAwait(false);
        subscribers.TryAdd(socket, true);
        try
        {
            byte[] buffer = new byte[MaxMessage];
            while ((await ReceiveAsync(socket, buffer, stopping).ConfigureAwait(false)).Length > 0)
            {
            }
        }
        finally
        {
            subscribers.TryRemove(socket, out _);
        }
    }

    // One SendAsync for each message and subscriber; those that cannot finish at once are waited for before the next message, for a WebSocket takes one at a time.
    private async Task PublishAsync(WebSocket socket, CancellationToken stopping)
    {
        await socket.SendAsync(Welcome.AsMemory(), WebSocketMessageType.Binary, endOfMessage: true, stopping).ConfigureAwait(false);
        byte[] buffer = new byte[MaxMessage];
        List<Task> slow = [];
        WebSocket[] targets = [.. subscribers.Keys];
        while (await ReceiveAsync(socket, buffer, stopping).ConfigureAwait(false) is { Length: > 0 } message)
        {
            if (targets.Length != subscribers.Count)
            {
                targets = [.. subscribers.Keys];
            }

            foreach (WebSocket target in targets)
            {
                ValueTask sending = target.SendAsync(message, WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);
                if (!sending.IsCompletedSuccessfully)
                {
                    slow.Add(sending.AsTask());
                }
            }

            await Task.WhenAll(slow).ConfigureAwait(false);
            slow.Clear();
        }
    }

    private static async ValueTask<ReadOnlyMemory<byte>> ReceiveAsync(WebSocket socket, byte[] buffer, CancellationToken stopping)
    {
        ValueWebSocketReceiveResult result = await socket.ReceiveAsync(buffer.AsMemory(), stopping).ConfigureAwait(false);
        return result.MessageType == WebSocketMessageType.Close ? default : buffer.AsMemory(0, result.Count);
    }
}
