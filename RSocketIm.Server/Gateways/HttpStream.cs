using RSocketIm.Protocol.Streams;

namespace RSocketIm.Server.Gateways;

/// <summary>What a handler may know of an HTTP request it serves: that it is over when the client has gone.</summary>
internal sealed class HttpStream(CancellationToken cancelled) : StreamContext
{
    public override int StreamId => 0;

    public override CancellationToken Cancelled => cancelled;

    // Credit of a door that is not RSocket is its own: calls, bytes of a socket, a number in a request.
    public override void CountInto(StreamTally tally)
    {
    }
}
