using System.Buffers;
using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary><c>/ws</c>: what a client says; which fields are there depends on the op. A <c>send</c> is a <see cref="MessageSend"/> beside its op.</summary>
internal sealed record SocketOperation
{
    public const string HelloOp = "hello";
    public const string SubscribeOp = "subscribe";
    public const string CreditOp = "credit";
    public const string UnsubscribeOp = "unsubscribe";
    public const string SendOp = "send";
    public const string TypingOp = "typing";
    public const string ReadOp = "read";

    private const int MaxTokenBytes = 8 * 1024;

    public static RecordFormat<SocketOperation> Format { get; } = new RecordFormatBuilder<SocketOperation>(static () => new SocketOperation())
        .Required("op", FieldTypes.OneOf(HelloOp, SubscribeOp, CreditOp, UnsubscribeOp, SendOp, TypingOp, ReadOp), static r => r.Op, static (r, v) => r.Op = v)
        .Optional("token", FieldTypes.Text(1, MaxTokenBytes), static r => r.Token, static (r, v) => r.Token = v)
        .Optional("room", ContractFields.Room, static r => r.Room, static (r, v) => r.Room = v)
        .Optional("after", ContractFields.Position, static r => r.After, static (r, v) => r.After = v)
        .Optional("epoch", ContractFields.Epoch, static r => r.Epoch, static (r, v) => r.Epoch = v)
        .Optional("credit", FieldTypes.WholeNumber(0, int.MaxValue), static r => r.Credit, static (r, v) => r.Credit = v)
        .Optional("n", FieldTypes.WholeNumber(1, int.MaxValue), static r => r.N, static (r, v) => r.N = v)
        .Optional("seq", ContractFields.Position, static r => r.Seq, static (r, v) => r.Seq = v)
        .Build();

    public string Op { get; set; } = "";

    /// <summary>Hello.</summary>
    public string? Token { get; set; }

    /// <summary>All but hello.</summary>
    public string? Room { get; set; }

    /// <summary>Subscribe; absent: from the head on.</summary>
    public long? After { get; set; }

    /// <summary>Subscribe; given and stale: <c>gone</c>.</summary>
    public string? Epoch { get; set; }

    /// <summary>Subscribe: events that may come at once; 0: none yet.</summary>
    public long? Credit { get; set; }

    /// <summary>Credit: how many more.</summary>
    public long? N { get; set; }

    /// <summary>Read: up to where.</summary>
    public long? Seq { get; set; }

    /// <summary>Reads an operation and makes sure that it has what its op needs.</summary>
    /// <exception cref="RecordFormatException">It is not one; the message names the key.</exception>
    public static SocketOperation Read(ReadOnlySequence<byte> data)
    {
        SocketOperation operation = Format.Read(DataFormat.Json, data);
        switch (operation.Op)
        {
            case HelloOp when operation.Token is null:
                throw Missing("token");
            case not HelloOp when operation.Room is null:
                throw Missing("room");
            case SubscribeOp when operation.Credit is null:
                throw Missing("credit");
            case CreditOp when operation.N is null:
                throw Missing("n");
            case ReadOp when operation.Seq is null:
                throw Missing("seq");
            default:
                return operation;
        }

        RecordFormatException Missing(string key) => new(key, $"is missing, but op {operation.Op} needs it.");
    }

    // A record's own ToString would put the token into whatever log it reaches.
    public override string ToString() => $"{nameof(SocketOperation)} {Op}";
}
