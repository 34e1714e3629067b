using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Protocol.Streams;

namespace RSocketIm.Server.Routing;

/// <summary>Answers a request-response.</summary>
internal delegate ValueTask<Payload> ResponseHandler(Call call);

/// <summary>Opens a request-stream.</summary>
internal delegate PayloadSource StreamHandler(Call call);

/// <summary>Opens a request-channel; the call is its first payload.</summary>
internal delegate PayloadSource ChannelHandler(Call call, InboundStream incoming);

/// <summary>Takes a fire-and-forget.</summary>
internal delegate void OneWayHandler(Call call);

/// <summary>One name of the contract, with a handler for each interaction it serves.</summary>
internal sealed class Route(string name)
{
    private long calls;

    public string Name => name;

    public ResponseHandler? Response { get; set; }

    /// <summary>The fields of what a request-response or a fire-and-forget takes; none where it is no record.</summary>
    public IReadOnlyList<RecordFieldInfo> Request { get; set; } = [];

    /// <summary>The fields of what a request-response answers.</summary>
    public IReadOnlyList<RecordFieldInfo> Answer { get; set; } = [];

    public StreamHandler? Stream { get; set; }

    public ChannelHandler? Channel { get; set; }

    public OneWayHandler? OneWay { get; set; }

    /// <summary>Credit and payloads of the streams that it answers with.</summary>
    public RouteFlow Flow { get; } = new();

    /// <summary>How often it was called.</summary>
    public long Calls => Volatile.Read(ref calls);

    public void Count() => Interlocked.Increment(ref calls);
}
