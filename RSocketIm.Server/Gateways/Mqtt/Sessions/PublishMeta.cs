using System.Buffers;
using System.Text;
using System.Text.Json;
using RSocketIm.Server.Gateways.Mqtt.Packets;

namespace RSocketIm.Server.Gateways.Mqtt.Sessions;

/// <summary>What MQTT 5.0 says of a message beside its payload, as the message's <c>meta</c> keeps it for other clients of MQTT: one key, one small JSON object.</summary>
internal sealed record PublishMeta
{
    /// <summary>The key in <c>meta</c>.</summary>
    public const string Key = "mqtt";

    public const string Seq = "seq";
    public const string At = "at";
    public const string From = "from";
    public const string Id = "id";
    public const string Type = "type";

    // What meta allows for one value.
    private const int MaxBytes = 1024;

    // These the server says of a message; from a client they would be taken for the server's word.
    private static readonly string[] Reserved = [Seq, At, From, Type];

    /// <summary>The tag of the session that sent it, where its id does not tell.</summary>
    public string? Session { get; init; }

    /// <summary>Seconds.</summary>
    public uint? Expiry { get; init; }

    public byte? PayloadFormat { get; init; }

    public string? ContentType { get; init; }

    public string? ResponseTopic { get; init; }

    public byte[]? CorrelationData { get; init; }

    public IReadOnlyList<KeyValuePair<string, string>> User { get; init; } = [];

    /// <summary>Takes them from a packet.</summary>
    /// <param name="properties">Of a PUBLISH or a will.</param>
    /// <param name="session">The session's tag, where the message's id does not begin with it.</param>
    /// <returns>What <c>meta</c> is to have under <see cref="Key"/>; null: nothing.</returns>
    /// <exception cref="MqttException">There is more than fits, or a name that is the server's.</exception>
    public static string? Write(PacketProperties properties, string? session)
    {
        KeyValuePair<string, string>[] user = [.. (properties.UserProperties ?? []).Where(static pair => pair.Key != Id)];
        if (user.FirstOrDefault(static pair => Reserved.Contains(pair.Key)) is { Key: { } name })
        {
            throw new MqttException(ReasonCode.ImplementationSpecificError, $"The user property '{name}' is the server's.");
        }

        bool isPlain = session is null && user.Length == 0 && properties is { PayloadFormat: null, MessageExpiry: null, ContentType: null, ResponseTopic: null, CorrelationData: null };
        if (isPlain)
        {
            return null;
        }

        ArrayBufferWriter<byte> output = new();
        using (Utf8JsonWriter json = new(output))
        {
            json.WriteStartObject();
            WriteText(json, "s", session);
            if (properties.MessageExpiry is { } expiry)
            {
                json.WriteNumber("e", expiry);
            }

            if (properties.PayloadFormat is { } format)
            {
                json.WriteNumber("f", format);
            }

            WriteText(json, "c", properties.ContentType);
            WriteText(json, "r", properties.ResponseTopic);
            if (properties.CorrelationData is { } correlation)
            {
                json.WriteBase64String("d", correlation);
            }

            if (user.Length > 0)
            {
                json.WriteStartArray("u");
                foreach ((string key, string value) in user)
                {
                    json.WriteStringValue(key);
                    json.WriteStringValue(value);
                }

                json.WriteEndArray();
            }

            json.WriteEndObject();
        }

        return output.WrittenCount <= MaxBytes
            ? Encoding.UTF8.GetString(output.WrittenSpan)
            : throw new MqttException(ReasonCode.QuotaExceeded, $"The properties of the message take {output.WrittenCount} bytes; at most {MaxBytes} are kept.");
    }

    /// <summary>Reads them back.</summary>
    /// <returns>Null: there are none, or somebody else wrote something under the same key.</returns>
    public static PublishMeta? Read(IReadOnlyDictionary<string, string>? meta)
    {
        if (meta is null || !meta.TryGetValue(Key, out string? text))
        {
            return null;
        }

        try
        {
            using JsonDocument json = JsonDocument.Parse(text);
            JsonElement root = json.RootElement;
            string[] user = root.TryGetProperty("u", out JsonElement list) ? [.. list.EnumerateArray().Select(static item => item.GetString() ?? "")] : [];
            string? response = TextOf(root, "r");
            return new PublishMeta
            {
                Session = TextOf(root, "s"),
                Expiry = root.TryGetProperty("e", out JsonElement expiry) ? expiry.GetUInt32() : null,
                PayloadFormat = root.TryGetProperty("f", out JsonElement format) && format.GetByte() is <= 1 and byte flag ? flag : null,
                ContentType = TextOf(root, "c"),
                ResponseTopic = response is { Length: > 0 } && !response.AsSpan().ContainsAny('+', '#') ? response : null,
                CorrelationData = root.TryGetProperty("d", out JsonElement data) ? data.GetBytesFromBase64() : null,
                User = [.. user.Chunk(2).Where(static pair => pair.Length == 2 && !Reserved.Contains(pair[0]) && pair[0] != Id && !HasNull(pair[0]) && !HasNull(pair[1]))
                    .Select(static pair => new KeyValuePair<string, string>(pair[0], pair[1]))],
            };
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    /// <summary>Adds them to what a subscriber is told.</summary>
    public void AddTo(PacketProperties properties)
    {
        properties.PayloadFormat = PayloadFormat;
        properties.ContentType = ContentType;
        properties.ResponseTopic = ResponseTopic;
        properties.CorrelationData = CorrelationData;
        properties.UserProperties!.AddRange(User);
    }

    private static void WriteText(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }

    private static string? TextOf(JsonElement root, string name) =>
        root.TryGetProperty(name, out JsonElement value) && value.GetString() is { } text && !HasNull(text) ? text : null;

    private static bool HasNull(string text) => text.Contains('\0', StringComparison.Ordinal);
}
