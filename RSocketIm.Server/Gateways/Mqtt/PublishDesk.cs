using System.Buffers;
using System.Text;
using System.Text.Unicode;
using RSocketIm.Protocol;
using RSocketIm.Server.Configuration;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Gateways.Mqtt.Packets;
using RSocketIm.Server.Gateways.Mqtt.Sessions;
using RSocketIm.Server.Rooms;
using RSocketIm.Server.Signals;

namespace RSocketIm.Server.Gateways.Mqtt;

/// <summary>What clients publish: a message to <c>chat/{room}</c>, a sign of typing to <c>chat/{room}/typing</c>.</summary>
internal sealed class PublishDesk(ChatRooms rooms, RoomSignals signals, RoomEntrance entrance, ServerSettings settings)
{
    private const string NoSuchTopic = "not_found: There is chat/{room} and chat/{room}/typing to publish to.";

    /// <summary>The id that a client gives its message, by the user property <c>id</c>; null: none.</summary>
    public static string? IdOf(PacketProperties properties) =>
        properties.UserProperties?.FirstOrDefault(static pair => pair.Key == PublishMeta.Id) is { Key: not null } pair ? pair.Value : null;

    /// <summary>Lets the user into the room that a topic names, before what is published there is sent: so that what comes later does not overtake it.</summary>
    /// <returns>Success, or why not.</returns>
    /// <exception cref="RSocketException">It could be tried again.</exception>
    public async ValueTask<PublishOutcome> EnterAsync(string user, string topic)
    {
        if (!RoomTopics.TryParse(topic, out string room, out bool isTyping))
        {
            return new PublishOutcome(ReasonCode.TopicNameInvalid, Reason: NoSuchTopic);
        }

        try
        {
            await entrance.EnterAsync(user, room, toWrite: !isTyping).ConfigureAwait(false);
            return new PublishOutcome(ReasonCode.Success);
        }
        catch (RSocketException refusal) when (!MqttReasons.IsPassing(refusal))
        {
            return PublishOutcome.Of(refusal);
        }
    }

    /// <summary>Sends. What it needs of the packet it takes before it first waits.</summary>
    /// <param name="user">Who.</param>
    /// <param name="tag">The session's.</param>
    /// <param name="topic">Where; the user is in the room.</param>
    /// <param name="payload">The text.</param>
    /// <param name="properties">Of the packet.</param>
    /// <param name="id">The message's id.</param>
    /// <returns>Success when it is on disk, or why not.</returns>
    /// <exception cref="RSocketException">It could be tried again.</exception>
    public async ValueTask<PublishOutcome> PublishAsync(string user, string tag, string topic, ReadOnlySequence<byte> payload, PacketProperties properties, string id)
    {
        try
        {
            if (!RoomTopics.TryParse(topic, out string room, out bool isTyping))
            {
                return new PublishOutcome(ReasonCode.TopicNameInvalid, Reason: NoSuchTopic);
            }

            if (isTyping)
            {
                signals.Type(user, room);
                return new PublishOutcome(ReasonCode.Success);
            }

            if (payload.Length > settings.Limits.MaxTextBytes)
            {
                return new PublishOutcome(ReasonCode.QuotaExceeded, Reason: $"too_large: A text has at most {settings.Limits.MaxTextBytes} bytes.");
            }

            byte[] text = payload.ToArray();
            if (text.Length == 0 || !Utf8.IsValid(text))
            {
                return new PublishOutcome(ReasonCode.PayloadFormatInvalid, Reason: "bad_request: A message is a text in UTF-8 of 1 byte or more.");
            }

            if (!MessageId.IsValid(id))
            {
                return new PublishOutcome(ReasonCode.ImplementationSpecificError, Reason: $"bad_request: An id has 1 to {ContractLimits.MaxMessageIdBytes} bytes.");
            }

            string? meta = PublishMeta.Write(properties, id.StartsWith(tag + ".", StringComparison.Ordinal) ? null : tag);
            MessageSend message = new()
            {
                Room = room,
                Id = id,
                Text = Encoding.UTF8.GetString(text),
                Meta = meta is null ? null : new Dictionary<string, string>(StringComparer.Ordinal) { [PublishMeta.Key] = meta },
            };
            return new PublishOutcome(ReasonCode.Success, await rooms.SendAsync(user, message, CancellationToken.None).ConfigureAwait(false));
        }
        catch (MqttException refusal)
        {
            return new PublishOutcome(refusal.Code, Reason: refusal.Message);
        }
        catch (RSocketException refusal) when (!MqttReasons.IsPassing(refusal))
        {
            return PublishOutcome.Of(refusal);
        }
    }
}
