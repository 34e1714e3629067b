using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Protocol.Streams;

namespace RSocketIm.Server.Routing;

/// <summary>One request on its way to its handler, which decodes it before anything is awaited.</summary>
internal readonly ref struct Call(Caller caller, PayloadView payload, StreamContext? stream)
{
    private readonly PayloadView payload = payload;

    public Caller Caller { get; } = caller;

    /// <summary>The request as it came; gone when the handler returns.</summary>
    public PayloadView Payload => payload;

    /// <summary>The stream. A fire-and-forget has none.</summary>
    public StreamContext Stream => stream ?? throw new InvalidOperationException("A fire-and-forget has no stream.");

    /// <summary>Decodes the data.</summary>
    /// <exception cref="RecordFormatException">They are no such record: the caller is answered <c>bad_request</c>.</exception>
    public T Read<T>(RecordFormat<T> format)
        where T : class => format.Read(Caller.Format, payload.Data);
}
