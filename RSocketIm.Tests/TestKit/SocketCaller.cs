using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace RSocketIm.Tests.TestKit;

/// <summary>A client of <c>/ws</c> with nothing but a WebSocket and JSON.</summary>
internal sealed class SocketCaller(WebSocket socket) : IAsyncDisposable
{
    private readonly byte[] buffer = new byte[128 * 1024]; // beyond the longest message that a test has sent to it

    public WebSocket Socket => socket;

    public static async Task<SocketCaller> ConnectAsync(Uri address, string query = "")
    {
        ClientWebSocket socket = new();
        await socket.ConnectAsync(new Uri($"ws://{address.Authority}/ws{query}"), CancellationToken.None).WaitAsync(ServerProcess.Patience);
        return new SocketCaller(socket);
    }

    public Task SayAsync(object message) => SayTextAsync(JsonSerializer.Serialize(message));

    public Task SayTextAsync(string text) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, CancellationToken.None).WaitAsync(ServerProcess.Patience);

    /// <summary>The next message; null when the server has closed.</summary>
    public async Task<JsonNode?> NextAsync()
    {
        int length = 0;
        while (true)
        {
            WebSocketReceiveResult result = await socket.ReceiveAsync(new ArraySegment<byte>(buffer, length, buffer.Length - length), CancellationToken.None).WaitAsync(ServerProcess.Patience);
            if (result.MessageType == WebSocketMessageType.Close)
            {
                return null;
            }

            Assert.Equal(WebSocketMessageType.Text, result.MessageType);
            length += result.Count;
            if (result.EndOfMessage)
            {
                return JsonNode.Parse(buffer.AsSpan(0, length));
            }
        }
    }

    /// <summary>The next message, which must have this op.</summary>
    public async Task<JsonNode> NextAsync(string op)
    {
        JsonNode message = await NextAsync() ?? throw new InvalidOperationException($"The server closed with {socket.CloseStatus} {socket.CloseStatusDescription}.");
        Assert.True((string?)message["op"] == op, $"{message.ToJsonString()} came instead of {op}.");
        return message;
    }

    /// <summary>The seq of the next message, which must be an event.</summary>
    public async Task<long> NextSeqAsync() => (long)(await NextAsync("event"))["event"]!["seq"]!;

    /// <summary>Makes sure that nothing came before what is asked here: a wrong operation and its answer.</summary>
    public async Task ExpectNothingMoreAsync()
    {
        await SayAsync(new { op = "credit", room = "no-such-subscription", n = 1 });
        JsonNode error = await NextAsync("error");
        Assert.Equal("no-such-subscription", (string?)error["room"]);
    }

    public ValueTask DisposeAsync()
    {
        socket.Dispose();
        return ValueTask.CompletedTask;
    }
}
