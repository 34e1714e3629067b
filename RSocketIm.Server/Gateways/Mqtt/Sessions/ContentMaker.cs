using System.Globalization;
using System.Text;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Gateways.Mqtt.Packets;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Gateways.Mqtt.Sessions;

/// <summary>From entries of logs to messages of MQTT: the payload, and what MQTT 5.0 tells beside it.</summary>
internal sealed class ContentMaker(TimeProvider time)
{
    /// <summary>What an entry says on a topic.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="topic">Text or events.</param>
    /// <param name="isRetained">Whether it is told as the retained message.</param>
    /// <param name="session">Own messages of the session with this tag are not told; null: all are.</param>
    /// <returns>Null: nothing is to be told of it there.</returns>
    public MessageContent? Of(LogEntry entry, RoomTopic topic, bool isRetained, string? session)
    {
        if (topic == RoomTopic.Events && session is null)
        {
            return new MessageContent(entry.Json, Properties(entry.Decode(), null) with { ContentType = "application/json" });
        }

        if (topic == RoomTopic.Text && entry.Kind != EntryKind.Message)
        {
            return null;
        }

        RoomEvent content = entry.Decode();
        PublishMeta? meta = PublishMeta.Read(content.Meta);
        if (session is not null && (content.Id?.StartsWith(session + ".", StringComparison.Ordinal) == true || meta?.Session == session))
        {
            return null;
        }

        if (topic == RoomTopic.Events)
        {
            return new MessageContent(entry.Json, Properties(content, null) with { ContentType = "application/json" });
        }

        uint? left = null;
        if (meta?.Expiry is { } expiry)
        {
            long waited = (time.GetUtcNow().ToUnixTimeMilliseconds() - content.At) / 1000;
            if (waited >= expiry)
            {
                return null; // the log keeps it; who comes by MQTT is not told any more
            }

            left = (uint)(expiry - Math.Max(0, waited));
        }

        PacketProperties properties = Properties(content, meta);
        properties.MessageExpiry = left;
        return new MessageContent(Encoding.UTF8.GetBytes(content.Text ?? ""), properties);
    }

    /// <summary>What JSON that is no entry says.</summary>
    public static MessageContent OfJson(byte[] json) => new(json, new PacketProperties { PayloadFormat = 1, ContentType = "application/json" });

    /// <summary>What stands for an entry that may not be told any more, so that its packet identifier can be brought to its end.</summary>
    public static MessageContent Gone(long seq) => new(
        ReadOnlyMemory<byte>.Empty, new PacketProperties { UserProperties = [new("seq", seq.ToString(CultureInfo.InvariantCulture)), new("type", "gone")] });

    private static PacketProperties Properties(RoomEvent content, PublishMeta? meta)
    {
        List<KeyValuePair<string, string>> user =
        [
            new(PublishMeta.Seq, content.Seq.ToString(CultureInfo.InvariantCulture)),
            new(PublishMeta.At, content.At.ToString(CultureInfo.InvariantCulture)),
            new(PublishMeta.Type, content.Type),
        ];
        if (content.From is { } from)
        {
            user.Add(new(PublishMeta.From, from));
        }

        if (content.Id is { } id)
        {
            user.Add(new(PublishMeta.Id, id));
        }

        PacketProperties properties = new() { PayloadFormat = 1, UserProperties = user };
        meta?.AddTo(properties);
        return properties;
    }
}
