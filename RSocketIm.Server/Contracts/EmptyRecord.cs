using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary>Data without fields: <c>{}</c>, the request of <c>system.whoami</c> and the answer of <c>rooms.leave</c>.</summary>
internal sealed record EmptyRecord
{
    public static RecordFormat<EmptyRecord> Format { get; } = new RecordFormatBuilder<EmptyRecord>(static () => new EmptyRecord()).Build();
}
