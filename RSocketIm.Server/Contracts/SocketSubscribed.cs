using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary><c>/ws</c>: a subscription is open; its events follow.</summary>
internal sealed record SocketSubscribed
{
    public static RecordFormat<SocketSubscribed> Format { get; } = new RecordFormatBuilder<SocketSubscribed>(static () => new SocketSubscribed())
        .WithDefault("op", FieldTypes.OneOf("subscribed"), static r => r.Op, static (r, v) => r.Op = v)
        .Required("room", ContractFields.Room, static r => r.Room, static (r, v) => r.Room = v)
        .Required("epoch", ContractFields.Epoch, static r => r.Epoch, static (r, v) => r.Epoch = v)
        .Required("head", ContractFields.Position, static r => r.Head, static (r, v) => r.Head = v)
        .Build();

    public string Op { get; set; } = "subscribed";

    public string Room { get; set; } = "";

    public string Epoch { get; set; } = "";

    public long Head { get; set; }
}
