namespace RSocketIm.Protocol.Connections;

/// <summary>The life of a connection; it only moves forward.</summary>
internal enum ConnectionState
{
    /// <summary>Streams open and run.</summary>
    Open,

    /// <summary>No new streams on either side; the open ones finish, then the connection closes.</summary>
    Draining,

    /// <summary>The last frames are written, what still arrives is ignored.</summary>
    Closing,

    /// <summary>Both loops are over.</summary>
    Closed,
}
