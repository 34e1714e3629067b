using System.Net;

namespace RSocketIm.Protocol.Connections;

/// <summary>Counts a connection that a listener has accepted, before a byte of it is read, or refuses it.</summary>
/// <param name="remote">The peer's address, or null where there is none.</param>
/// <returns>Disposed when nothing of the connection is left; null when there is nothing to dispose.</returns>
/// <exception cref="RSocketException">Refuses: the peer is told REJECTED_SETUP with the text.</exception>
public delegate IDisposable? ConnectionAdmission(EndPoint? remote);
