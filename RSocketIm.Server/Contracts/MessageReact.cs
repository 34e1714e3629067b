using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary><c>messages.react</c>.</summary>
internal sealed record MessageReact
{
    public static RecordFormat<MessageReact> Format { get; } = new RecordFormatBuilder<MessageReact>(static () => new MessageReact())
        .Required("room", ContractFields.Room, static r => r.Room, static (r, v) => r.Room = v)
        .Required("target", ContractFields.Seq, static r => r.Target, static (r, v) => r.Target = v)
        .Required("emoji", ContractFields.Emoji, static r => r.Emoji, static (r, v) => r.Emoji = v)
        .Required("on", FieldTypes.Boolean, static r => r.On, static (r, v) => r.On = v)
        .Build();

    public string Room { get; set; } = "";

    public long Target { get; set; }

    public string Emoji { get; set; } = "";

    /// <summary>False takes the reaction back.</summary>
    public bool On { get; set; }
}
