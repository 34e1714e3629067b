using System.Globalization;
using RSocketIm.Protocol;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Gateways.Mqtt.Packets;

namespace RSocketIm.Server.Gateways.Mqtt;

/// <summary>What became of a PUBLISH.</summary>
/// <param name="Code">Success, or why not.</param>
/// <param name="Sent">Where it is; null when it is no message, or was refused.</param>
/// <param name="Reason">Why it was refused, in words: <c>name: sentence</c> where the contract has a name for it.</param>
internal readonly record struct PublishOutcome(ReasonCode Code, MessageSent? Sent = null, string? Reason = null)
{
    // With the longest reason that is told.
    private const uint LongestAnswer = 512;

    /// <summary>A refusal of the contract.</summary>
    public static PublishOutcome Of(RSocketException refusal) => new(MqttReasons.Of(refusal, ReasonCode.TopicNameInvalid), Reason: refusal.Message);

    /// <summary>What the answer tells beside its code, where the client wants to know (MQTT 5.0, 3.1.2.11.7): where the message is, or why it was refused.</summary>
    public PacketProperties ToProperties(ConnectPacket connect)
    {
        bool isWanted = connect.Version == MqttVersion.V5
            && connect.Properties.RequestProblemInformation != 0
            && !(connect.Properties.MaximumPacketSize < LongestAnswer);
        if (!isWanted || (Sent is null && Reason is null))
        {
            return PacketProperties.None;
        }

        if (Sent is not { } sent)
        {
            return new PacketProperties { ReasonString = Handshake.Shorten(Reason!) };
        }

        return new PacketProperties
        {
            UserProperties =
            [
                new("seq", sent.Seq.ToString(CultureInfo.InvariantCulture)),
                new("at", sent.At.ToString(CultureInfo.InvariantCulture)),
                new("duplicate", sent.Duplicate ? "true" : "false"),
            ],
        };
    }
}
