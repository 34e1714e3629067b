using RSocketIm.Protocol.Transports;

namespace RSocketIm.Tests.Protocol.Transports;

/// <summary>Two ends that have met.</summary>
/// <param name="Client">The end that connected.</param>
/// <param name="Server">The end that accepted.</param>
/// <param name="ServerGone">Completes when whatever carries the server's end has let go of it.</param>
internal sealed record TransportPair(FrameTransport Client, FrameTransport Server, Task ServerGone);
