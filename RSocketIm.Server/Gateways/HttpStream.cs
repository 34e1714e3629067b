using RSocketIm.Protocol.Streams;

namespace RSocketIm.Server.Gateways;

/// <summary>What a handler may know of an HTTP request it serves: that it is over when the client has gone.</summary>
internal sealed class HttpStream(CancellationToken cancelled) : StreamContext
{
    public override int StreamId => 0;

    public override CancellationToken Cancelled => cancelled;

    public override void CountInto(StreamTally tally)
    {
        // What is asked over HTTP has one answer, and no credit.
    }
}
