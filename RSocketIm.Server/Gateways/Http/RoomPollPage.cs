using System.Globalization;
using System.Text.Json;
using RSocketIm.Server.Feeds;

namespace RSocketIm.Server.Gateways.Http;

/// <summary><c>{room, epoch, head, events, more}</c>: events up to the head that it names.</summary>
internal sealed class RoomPollPage : IPollPage
{
    private readonly RoomFeed feed;
    private readonly string epoch;
    private readonly long head;

    /// <summary>Takes the head as it is now.</summary>
    /// <param name="feed">The feed.</param>
    /// <param name="after">Where it began.</param>
    /// <param name="limit">Most events.</param>
    public RoomPollPage(RoomFeed feed, long after, long limit)
    {
        this.feed = feed;
        epoch = feed.Room.Record.Epoch;
        head = Math.Max(feed.Room.Head, feed.Cursor);
        Tag = string.Create(CultureInfo.InvariantCulture, $"\"{epoch}.{after}.{limit}.{head}\"");
    }

    public string Tag { get; }

    public bool IsComplete => feed.Cursor >= head;

    public void WriteBefore(Utf8JsonWriter json)
    {
        json.WriteString("room"u8, feed.Room.Id);
        json.WriteString("epoch"u8, epoch);
        json.WriteNumber("head"u8, head);
    }

    public void WriteAfter(Utf8JsonWriter json) => json.WriteBoolean("more"u8, !IsComplete);
}
