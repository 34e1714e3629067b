using System.Buffers;

namespace RSocketIm.Server.Gateways.Mqtt.Packets;

/// <summary>The properties of a packet or a will (MQTT 5.0, 2.2.2); null is absent.</summary>
internal sealed record PacketProperties
{
    /// <summary>No property. Not to be changed.</summary>
    public static PacketProperties None { get; } = new();

    /// <summary>Whether there is none.</summary>
    public bool IsEmpty => this == None;

    public byte? PayloadFormat { get; set; }

    /// <summary>Seconds.</summary>
    public uint? MessageExpiry { get; set; }

    public string? ContentType { get; set; }

    public string? ResponseTopic { get; set; }

    public byte[]? CorrelationData { get; set; }

    /// <summary>In SUBSCRIBE at most one, 1..268,435,455.</summary>
    public List<int>? SubscriptionIdentifiers { get; set; }

    /// <summary>Seconds; 0xFFFFFFFF: never.</summary>
    public uint? SessionExpiry { get; set; }

    public string? AssignedClientIdentifier { get; set; }

    /// <summary>Seconds.</summary>
    public ushort? ServerKeepAlive { get; set; }

    public string? AuthenticationMethod { get; set; }

    public byte[]? AuthenticationData { get; set; }

    public byte? RequestProblemInformation { get; set; }

    /// <summary>Seconds.</summary>
    public uint? WillDelay { get; set; }

    public byte? RequestResponseInformation { get; set; }

    public string? ResponseInformation { get; set; }

    public string? ServerReference { get; set; }

    public string? ReasonString { get; set; }

    /// <summary>1 or more.</summary>
    public ushort? ReceiveMaximum { get; set; }

    public ushort? TopicAliasMaximum { get; set; }

    /// <summary>1 or more.</summary>
    public ushort? TopicAlias { get; set; }

    public byte? MaximumQos { get; set; }

    public byte? RetainAvailable { get; set; }

    /// <summary>In the order in which they came; a name may be there more than once.</summary>
    public List<KeyValuePair<string, string>>? UserProperties { get; set; }

    /// <summary>Bytes, 1 or more.</summary>
    public uint? MaximumPacketSize { get; set; }

    public byte? WildcardAvailable { get; set; }

    public byte? SubscriptionIdentifiersAvailable { get; set; }

    public byte? SharedAvailable { get; set; }

    /// <summary>Reads the length of the properties and the properties.</summary>
    /// <param name="fields">The packet.</param>
    /// <param name="owner">What they belong to.</param>
    /// <exception cref="MqttException">One is malformed, does not belong there, is there twice, or has a value it must not have.</exception>
    public static PacketProperties Read(ref FieldReader fields, PropertyOwner owner)
    {
        int length = fields.VarInt();
        if (length == 0)
        {
            return None;
        }

        FieldReader inner = new(fields.Slice(length));
        PacketProperties properties = new();
        ulong seen = 0;
        while (!inner.End)
        {
            int id = inner.VarInt();
            if (id > (int)PropertyId.SharedAvailable || !MayHave(owner, (PropertyId)id))
            {
                throw IsKnown(id) ? MqttException.Protocol($"Property {id} does not belong to {owner}.") : MqttException.Malformed($"There is no property {id}.");
            }

            bool repeats = (PropertyId)id == PropertyId.UserProperty || ((PropertyId)id == PropertyId.SubscriptionIdentifier && owner == PropertyOwner.Publish);
            if (!repeats && (seen & (1UL << id)) != 0)
            {
                throw MqttException.Protocol($"Property {id} is there twice.");
            }

            seen |= 1UL << id;
            properties.ReadOne((PropertyId)id, ref inner);
        }

        return properties.AuthenticationData is not null && properties.AuthenticationMethod is null
            ? throw MqttException.Protocol("There are authentication data and no method.")
            : properties;
    }

    /// <summary>Writes the properties with their length, in the order of their numbers.</summary>
    public void Write(IBufferWriter<byte> output)
    {
        if (ReferenceEquals(this, None))
        {
            output.WriteByte(0);
            return;
        }

        ArrayBufferWriter<byte> body = new(128);
        WriteAll(body);
        output.WriteVarInt(body.WrittenCount);
        output.Write(body.WrittenSpan);
    }

    private static bool IsKnown(int id) => id <= (int)PropertyId.SharedAvailable && Enum.IsDefined((PropertyId)id);

    // Table 2-4 of the specification.
    private static bool MayHave(PropertyOwner owner, PropertyId id) => id switch
    {
        PropertyId.PayloadFormat or PropertyId.MessageExpiry or PropertyId.ContentType or PropertyId.ResponseTopic or PropertyId.CorrelationData =>
            owner is PropertyOwner.Publish or PropertyOwner.Will,
        PropertyId.SubscriptionIdentifier => owner is PropertyOwner.Publish or PropertyOwner.Subscribe,
        PropertyId.SessionExpiry => owner is PropertyOwner.Connect or PropertyOwner.Connack or PropertyOwner.Disconnect,
        PropertyId.AssignedClientIdentifier or PropertyId.ServerKeepAlive or PropertyId.ResponseInformation or PropertyId.MaximumQos
            or PropertyId.RetainAvailable or PropertyId.WildcardAvailable or PropertyId.SubscriptionIdentifiersAvailable or PropertyId.SharedAvailable =>
            owner is PropertyOwner.Connack,
        PropertyId.AuthenticationMethod or PropertyId.AuthenticationData => owner is PropertyOwner.Connect or PropertyOwner.Connack or PropertyOwner.Auth,
        PropertyId.RequestProblemInformation or PropertyId.RequestResponseInformation => owner is PropertyOwner.Connect,
        PropertyId.WillDelay => owner is PropertyOwner.Will,
        PropertyId.ServerReference => owner is PropertyOwner.Connack or PropertyOwner.Disconnect,
        PropertyId.ReasonString => owner is PropertyOwner.Connack or PropertyOwner.Answer or PropertyOwner.Disconnect or PropertyOwner.Auth,
        PropertyId.ReceiveMaximum or PropertyId.TopicAliasMaximum or PropertyId.MaximumPacketSize => owner is PropertyOwner.Connect or PropertyOwner.Connack,
        PropertyId.TopicAlias => owner is PropertyOwner.Publish,
        PropertyId.UserProperty => true,
        _ => false,
    };

    private static byte Flag(PropertyId id, byte value) => value <= 1 ? value : throw MqttException.Protocol($"Property {(int)id} is {value}, must be 0 or 1.");

    private void ReadOne(PropertyId id, ref FieldReader fields)
    {
        switch (id)
        {
            case PropertyId.PayloadFormat: PayloadFormat = Flag(id, fields.Byte()); break;
            case PropertyId.MessageExpiry: MessageExpiry = fields.UInt32(); break;
            case PropertyId.ContentType: ContentType = fields.Text(); break;
            case PropertyId.ResponseTopic: ResponseTopic = fields.Text(); break;
            case PropertyId.CorrelationData: CorrelationData = fields.Binary(); break;
            case PropertyId.SubscriptionIdentifier: (SubscriptionIdentifiers ??= []).Add(NotZero(id, fields.VarInt())); break;
            case PropertyId.SessionExpiry: SessionExpiry = fields.UInt32(); break;
            case PropertyId.AssignedClientIdentifier: AssignedClientIdentifier = fields.Text(); break;
            case PropertyId.ServerKeepAlive: ServerKeepAlive = fields.UInt16(); break;
            case PropertyId.AuthenticationMethod: AuthenticationMethod = fields.Text(); break;
            case PropertyId.AuthenticationData: AuthenticationData = fields.Binary(); break;
            case PropertyId.RequestProblemInformation: RequestProblemInformation = Flag(id, fields.Byte()); break;
            case PropertyId.WillDelay: WillDelay = fields.UInt32(); break;
            case PropertyId.RequestResponseInformation: RequestResponseInformation = Flag(id, fields.Byte()); break;
            case PropertyId.ResponseInformation: ResponseInformation = fields.Text(); break;
            case PropertyId.ServerReference: ServerReference = fields.Text(); break;
            case PropertyId.ReasonString: ReasonString = fields.Text(); break;
            case PropertyId.ReceiveMaximum: ReceiveMaximum = (ushort)NotZero(id, fields.UInt16()); break;
            case PropertyId.TopicAliasMaximum: TopicAliasMaximum = fields.UInt16(); break;
            case PropertyId.TopicAlias: TopicAlias = fields.UInt16(); break;
            case PropertyId.MaximumQos: MaximumQos = Flag(id, fields.Byte()); break;
            case PropertyId.RetainAvailable: RetainAvailable = Flag(id, fields.Byte()); break;
            case PropertyId.UserProperty: (UserProperties ??= []).Add(new(fields.Text(), fields.Text())); break;
            case PropertyId.MaximumPacketSize: MaximumPacketSize = (uint)NotZero(id, fields.UInt32()); break;
            case PropertyId.WildcardAvailable: WildcardAvailable = Flag(id, fields.Byte()); break;
            case PropertyId.SubscriptionIdentifiersAvailable: SubscriptionIdentifiersAvailable = Flag(id, fields.Byte()); break;
            case PropertyId.SharedAvailable: SharedAvailable = Flag(id, fields.Byte()); break;
        }
    }

    private static int NotZero(PropertyId id, int value) => value != 0 ? value : throw MqttException.Protocol($"Property {(int)id} is 0.");

    private static long NotZero(PropertyId id, uint value) => value != 0 ? value : throw MqttException.Protocol($"Property {(int)id} is 0.");

    private void WriteAll(IBufferWriter<byte> output)
    {
        Write(output, PropertyId.PayloadFormat, PayloadFormat);
        Write(output, PropertyId.MessageExpiry, MessageExpiry);
        Write(output, PropertyId.ContentType, ContentType);
        Write(output, PropertyId.ResponseTopic, ResponseTopic);
        Write(output, PropertyId.CorrelationData, CorrelationData);
        foreach (int identifier in SubscriptionIdentifiers ?? [])
        {
            output.WriteByte((byte)PropertyId.SubscriptionIdentifier);
            output.WriteVarInt(identifier);
        }

        Write(output, PropertyId.SessionExpiry, SessionExpiry);
        Write(output, PropertyId.AssignedClientIdentifier, AssignedClientIdentifier);
        Write(output, PropertyId.ServerKeepAlive, ServerKeepAlive);
        Write(output, PropertyId.AuthenticationMethod, AuthenticationMethod);
        Write(output, PropertyId.AuthenticationData, AuthenticationData);
        Write(output, PropertyId.RequestProblemInformation, RequestProblemInformation);
        Write(output, PropertyId.WillDelay, WillDelay);
        Write(output, PropertyId.RequestResponseInformation, RequestResponseInformation);
        Write(output, PropertyId.ResponseInformation, ResponseInformation);
        Write(output, PropertyId.ServerReference, ServerReference);
        Write(output, PropertyId.ReasonString, ReasonString);
        Write(output, PropertyId.ReceiveMaximum, ReceiveMaximum);
        Write(output, PropertyId.TopicAliasMaximum, TopicAliasMaximum);
        Write(output, PropertyId.TopicAlias, TopicAlias);
        Write(output, PropertyId.MaximumQos, MaximumQos);
        Write(output, PropertyId.RetainAvailable, RetainAvailable);
        foreach ((string name, string value) in UserProperties ?? [])
        {
            output.WriteByte((byte)PropertyId.UserProperty);
            output.WriteText(name);
            output.WriteText(value);
        }

        Write(output, PropertyId.MaximumPacketSize, MaximumPacketSize);
        Write(output, PropertyId.WildcardAvailable, WildcardAvailable);
        Write(output, PropertyId.SubscriptionIdentifiersAvailable, SubscriptionIdentifiersAvailable);
        Write(output, PropertyId.SharedAvailable, SharedAvailable);
    }

    private static void Write(IBufferWriter<byte> output, PropertyId id, byte? value)
    {
        if (value is { } there)
        {
            output.WriteByte((byte)id);
            output.WriteByte(there);
        }
    }

    private static void Write(IBufferWriter<byte> output, PropertyId id, ushort? value)
    {
        if (value is { } there)
        {
            output.WriteByte((byte)id);
            output.WriteUInt16(there);
        }
    }

    private static void Write(IBufferWriter<byte> output, PropertyId id, uint? value)
    {
        if (value is { } there)
        {
            output.WriteByte((byte)id);
            output.WriteUInt32(there);
        }
    }

    private static void Write(IBufferWriter<byte> output, PropertyId id, string? value)
    {
        if (value is not null)
        {
            output.WriteByte((byte)id);
            output.WriteText(value);
        }
    }

    private static void Write(IBufferWriter<byte> output, PropertyId id, byte[]? value)
    {
        if (value is not null)
        {
            output.WriteByte((byte)id);
            output.WriteBinary(value);
        }
    }
}
