using System.Buffers;
using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary>The keys that an error at <c>/ws</c> needs of a message that is otherwise unreadable, so that its sender knows which it was.</summary>
internal sealed record SocketKeys
{
    private static readonly RecordFormat<SocketKeys> Format = new RecordFormatBuilder<SocketKeys>(static () => new SocketKeys())
        .Optional("id", ContractFields.MessageId, static r => r.Id, static (r, v) => r.Id = v)
        .Optional("room", ContractFields.Room, static r => r.Room, static (r, v) => r.Room = v)
        .Build();

    public string? Id { get; set; }

    public string? Room { get; set; }

    /// <summary>What can be read of a message.</summary>
    public static SocketKeys Find(ReadOnlySequence<byte> data)
    {
        try
        {
            return Format.Read(DataFormat.Json, data);
        }
        catch (RecordFormatException)
        {
            return new SocketKeys { Id = MessageKey.Find(DataFormat.Json, data) }; // the message is refused already, with a sentence that says why
        }
    }
}
