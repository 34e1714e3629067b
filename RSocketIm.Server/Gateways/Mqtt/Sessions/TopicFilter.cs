using RSocketIm.Server.Gateways.Mqtt.Packets;

namespace RSocketIm.Server.Gateways.Mqtt.Sessions;

/// <summary>A topic filter (MQTT 5.0, 4.7), and what of the rooms it can match.</summary>
internal sealed class TopicFilter
{
    private const string Shared = "$share/";

    private readonly string[] levels;

    private TopicFilter(string text, string[] levels)
    {
        Text = text;
        this.levels = levels;
        Room = levels.Length > 1 && levels[1] is not ("+" or "#") && levels[0] != "#" ? levels[1] : null;
        Topics = [.. RoomTopics.All.Where(topic => Matches(RoomTopics.NameOf(Room ?? "x", topic)))];
    }

    /// <summary>As the client wrote it.</summary>
    public string Text { get; }

    /// <summary>Whether it names a shared subscription.</summary>
    public bool IsShared => Text.StartsWith(Shared, StringComparison.Ordinal);

    /// <summary>The only room that it can match, which need not be one; null: all.</summary>
    public string? Room { get; }

    /// <summary>Which topics of a room it matches; none: it matches nothing here.</summary>
    public IReadOnlyList<RoomTopic> Topics { get; }

    /// <summary>Takes a filter apart.</summary>
    /// <exception cref="MqttException">A wildcard is where none may be.</exception>
    public static TopicFilter Parse(string text)
    {
        string[] levels = text.Split('/');
        for (int i = 0; i < levels.Length; i++)
        {
            bool isWhole = levels[i] is "+" || (levels[i] is "#" && i == levels.Length - 1);
            if (!isWhole && levels[i].AsSpan().ContainsAny('+', '#'))
            {
                throw MqttException.Malformed($"The topic filter '{text}' has a wildcard that is not a level of its own, or a # that is not the last.");
            }
        }

        return new TopicFilter(text, levels);
    }

    /// <summary>Whether a topic is matched; topics that begin with $ are not by wildcards.</summary>
    public bool Matches(string topic)
    {
        string[] parts = topic.Split('/');
        if (topic.StartsWith('$') && levels[0] is ("+" or "#"))
        {
            return false;
        }

        for (int i = 0; i < levels.Length; i++)
        {
            // "a/#" matches "a" too.
            if (levels[i] == "#")
            {
                return true;
            }

            if (i >= parts.Length || (levels[i] != "+" && levels[i] != parts[i]))
            {
                return false;
            }
        }

        return parts.Length == levels.Length;
    }
}
