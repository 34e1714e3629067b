using RSocketIm.Protocol;
using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary><c>/ws</c>: an operation was refused, or a subscription has ended.</summary>
internal sealed record SocketError
{
    public static RecordFormat<SocketError> Format { get; } = new RecordFormatBuilder<SocketError>(static () => new SocketError())
        .WithDefault("op", FieldTypes.OneOf("error"), static r => r.Op, static (r, v) => r.Op = v)
        .Optional("id", ContractFields.MessageId, static r => r.Id, static (r, v) => r.Id = v)
        .Optional("room", ContractFields.Room, static r => r.Room, static (r, v) => r.Room = v)
        .Required("code", FieldTypes.WholeNumber(0, uint.MaxValue), static r => r.Code, static (r, v) => r.Code = v)
        .Required("name", ContractFields.AnyText, static r => r.Name, static (r, v) => r.Name = v)
        .Required("message", ContractFields.AnyText, static r => r.Message, static (r, v) => r.Message = v)
        .Build();

    public string Op { get; set; } = "error";

    /// <summary>Of the send that was refused.</summary>
    public string? Id { get; set; }

    public string? Room { get; set; }

    public long Code { get; set; }

    public string Name { get; set; } = "";

    public string Message { get; set; } = "";

    /// <summary>An error as it is told.</summary>
    /// <param name="reason">What was refused, or ended.</param>
    /// <param name="room">The room it is about, if it is about one.</param>
    /// <param name="id">The send it is about, if it is about one.</param>
    public static byte[] Encode(RSocketException reason, string? room = null, string? id = null)
    {
        ContractError code = ContractErrors.IsContractError(reason.Code) ? (ContractError)(uint)reason.Code : ContractError.Internal;
        return Format.ToArray(DataFormat.Json, new SocketError
        {
            Id = id, Room = room, Code = (uint)code, Name = ContractErrors.NameOf(code), Message = ContractErrors.SentenceOf(reason.Message),
        });
    }
}
