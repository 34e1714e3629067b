namespace RSocketIm.Protocol.Connections;

/// <summary>The bounds of a connection that a peer can run into; told to <see cref="ConnectionOptions.LimitHit"/>.</summary>
public enum ConnectionLimit
{
    /// <summary><see cref="RSocketServerOptions.SetupTimeout"/>: no accepted SETUP, or no TLS, in time.</summary>
    SetupTimeout,

    /// <summary><see cref="RSocketServerOptions.MaxSetupBytes"/>.</summary>
    SetupBytes,

    /// <summary><see cref="ConnectionOptions.MaxInboundFrameLength"/>.</summary>
    FrameBytes,

    /// <summary><see cref="Frames.ReassemblyOptions.MaxPayloadBytes"/>.</summary>
    PayloadBytes,

    /// <summary><see cref="Frames.ReassemblyOptions.MaxPartials"/>.</summary>
    PartialPayloads,

    /// <summary><see cref="Frames.ReassemblyOptions.MaxPartialBytes"/>.</summary>
    PartialBytes,

    /// <summary><see cref="Frames.ReassemblyOptions.GetMaxFragments"/>.</summary>
    Fragments,

    /// <summary><see cref="Frames.ReassemblyOptions.MaxAge"/>.</summary>
    FragmentAge,

    /// <summary><see cref="ConnectionOptions.MaxStreams"/>.</summary>
    Streams,

    /// <summary><see cref="ConnectionOptions.MaxRequestsInFlight"/>.</summary>
    RequestsInFlight,

    /// <summary><see cref="ConnectionOptions.Lease"/>: a request came without one.</summary>
    LeasedRequests,

    /// <summary><see cref="ConnectionOptions.MaxBacklogBytes"/>: reading pauses.</summary>
    BacklogBytes,

    /// <summary><see cref="ConnectionOptions.MaxIgnoredFrames"/>.</summary>
    IgnoredFrames,
}
