using System.Buffers;
using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary>The one key that an error in a channel needs of a message that is otherwise unreadable, so that its sender knows which it was.</summary>
internal sealed record MessageKey
{
    private static readonly RecordFormat<MessageKey> Format = new RecordFormatBuilder<MessageKey>(static () => new MessageKey())
        .Optional("id", ContractFields.MessageId, static r => r.Id, static (r, v) => r.Id = v)
        .Build();

    public string? Id { get; set; }

    /// <summary>The message's id; null when it has none, or none that can be read.</summary>
    public static string? Find(DataFormat format, ReadOnlySequence<byte> data)
    {
        try
        {
            return Format.Read(format, data).Id;
        }
        catch (RecordFormatException)
        {
            return null; // the message is refused already, with a sentence that says why
        }
    }
}
