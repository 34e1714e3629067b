using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Gateways.Mqtt.Packets;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Gateways.Mqtt.Sessions;

/// <summary>From entries of logs to messages of MQTT: the payload, and what MQTT 5.0 tells beside it.</summary>
/// <remarks>What a room says goes to many at the same time; the last few contents are kept, so that they are made once and not for each.</remarks>
internal sealed class ContentMaker(TimeProvider time)
{
    private const int Kept = 64;

    private readonly Made?[] made = new Made?[Kept];
    private int forgotten;

    /// <summary>Lets go of what is kept: an entry has lost its words.</summary>
    public void Forget()
    {
        Interlocked.Increment(ref forgotten);
        Array.Clear(made);
    }

    /// <summary>What an entry says on a topic.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="topic">Text or events.</param>
    /// <param name="session">Own messages of the session with this tag are not told; null: all are.</param>
    /// <returns>Null: nothing is to be told of it there.</returns>
    public MessageContent? Of(LogEntry entry, RoomTopic topic, string? session)
    {
        if (session is not null)
        {
            return Make(entry, topic, session, out _);
        }

        // A reference is written and read as one; who comes too late makes it again.
        ref Made? place = ref made[(RuntimeHelpers.GetHashCode(entry) + (int)topic) % Kept];
        if (Volatile.Read(ref place) is { } kept && ReferenceEquals(kept.Entry, entry) && kept.Topic == topic)
        {
            return kept.Content;
        }

        int before = Volatile.Read(ref forgotten);
        MessageContent? content = Make(entry, topic, null, out bool holds);
        if (holds)
        {
            Volatile.Write(ref place, new Made(entry, topic, content));
            if (Volatile.Read(ref forgotten) != before)
            {
                Volatile.Write(ref place, null); // made of an entry that has lost its words meanwhile, perhaps
            }
        }

        return content;
    }

    private MessageContent? Make(LogEntry entry, RoomTopic topic, string? session, out bool holds)
    {
        holds = true;
        if (topic == RoomTopic.Events && session is null)
        {
            return new MessageContent(entry.Json, Properties(entry.Decode(), null) with { PayloadFormat = 1, ContentType = "application/json" });
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
            return new MessageContent(entry.Json, Properties(content, null) with { PayloadFormat = 1, ContentType = "application/json" });
        }

        uint? left = null;
        holds = meta?.Expiry is null;
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

        PacketProperties properties = new() { UserProperties = user };
        meta?.AddTo(properties);
        return properties;
    }

    private sealed record Made(LogEntry Entry, RoomTopic Topic, MessageContent? Content);
}
