using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using RSocketIm.Server.Feeds;

namespace RSocketIm.Server.Gateways.Http;

/// <summary><c>{events, positions, epochs, more}</c>: positions are those of all the user's rooms behind these events, for the next poll.</summary>
internal sealed class InboxPollPage : IPollPage
{
    private readonly InboxFeed feed;

    /// <summary>Takes heads as they are now.</summary>
    /// <param name="feed">The feed.</param>
    /// <param name="query">What was asked, which is part of the tag.</param>
    public InboxPollPage(InboxFeed feed, string query)
    {
        this.feed = feed;
        StringBuilder state = new(query);
        foreach (InboxPosition place in feed.Positions())
        {
            state.Append(CultureInfo.InvariantCulture, $"|{place.Room}.{place.Epoch}.{place.Head}");
        }

        Tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(state.ToString())).AsSpan(0, 16))}\"";
    }

    public string Tag { get; }

    public bool IsComplete => feed.IsAtHead;

    public void WriteBefore(Utf8JsonWriter json)
    {
    }

    public void WriteAfter(Utf8JsonWriter json)
    {
        List<InboxPosition> places = feed.Positions();
        json.WriteStartObject("positions"u8);
        places.ForEach(place => json.WriteNumber(place.Room, place.Seq));
        json.WriteEndObject();
        json.WriteStartObject("epochs"u8);
        places.ForEach(place => json.WriteString(place.Room, place.Epoch));
        json.WriteEndObject();
        json.WriteBoolean("more"u8, places.Exists(static place => place.Seq < place.Head));
    }
}
