using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary><c>messages.edit</c>.</summary>
internal sealed record MessageEdit
{
    public static RecordFormat<MessageEdit> Format { get; } = CreateFormat(ContractLimits.DefaultMaxTextBytes);

    public string Room { get; set; } = "";

    public long Target { get; set; }

    public string Text { get; set; } = "";

    /// <summary>The format for a server whose <c>RSocketIm:Limits:MaxTextBytes</c> is not the default.</summary>
    public static RecordFormat<MessageEdit> CreateFormat(int maxTextBytes) => new RecordFormatBuilder<MessageEdit>(static () => new MessageEdit())
        .Required("room", ContractFields.Room, static r => r.Room, static (r, v) => r.Room = v)
        .Required("target", ContractFields.Seq, static r => r.Target, static (r, v) => r.Target = v)
        .Required("text", ContractFields.MessageText(maxTextBytes), static r => r.Text, static (r, v) => r.Text = v)
        .Build();
}
