namespace RSocketIm.LoadTest.Peers;

/// <summary>What peers are compared in.</summary>
internal enum PeerWork
{
    /// <summary>One publisher, many subscribers.</summary>
    Fanout,

    /// <summary>A request and its answer.</summary>
    Echo,

    /// <summary>Connections that only wait.</summary>
    Idle,
}
