using System.Net.ServerSentEvents;
using System.Text.Json.Nodes;

namespace RSocketIm.Tests.TestKit;

/// <summary>An open event stream; read by the framework's own parser.</summary>
internal sealed class EventStreamReading(HttpResponseMessage response) : IAsyncDisposable
{
    private IAsyncEnumerator<SseItem<string>>? items;

    public HttpResponseMessage Response => response;

    /// <summary>The next event; null when the stream is over.</summary>
    /// <exception cref="IOException">It was cut.</exception>
    public async Task<SseItem<string>?> NextAsync()
    {
        items ??= SseParser.Create(await response.Content.ReadAsStreamAsync()).EnumerateAsync().GetAsyncEnumerator();
        return await items.MoveNextAsync().AsTask().WaitAsync(ServerProcess.Patience) ? items.Current : null;
    }

    /// <summary>The seq of the next event, which must be the same as its id.</summary>
    public async Task<long> NextSeqAsync()
    {
        SseItem<string> item = await NextAsync() ?? throw new InvalidOperationException("The stream is over.");
        JsonNode data = JsonNode.Parse(item.Data)!;
        Assert.Equal(item.EventType, (string?)data["type"]);
        Assert.Equal(item.EventId, data["seq"]?.ToString());
        return (long)data["seq"]!;
    }

    public ValueTask DisposeAsync()
    {
        response.Dispose(); // an enumerator that waits ends with it
        return ValueTask.CompletedTask;
    }
}
