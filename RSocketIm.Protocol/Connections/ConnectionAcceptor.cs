using RSocketIm.Protocol.Streams;

namespace RSocketIm.Protocol.Connections;

/// <summary>Judges a client's SETUP: returns who answers its requests, or refuses.</summary>
/// <param name="setup">What the client asked for.</param>
/// <param name="connection">The connection; its requester may be used once this returns.</param>
/// <param name="cancellationToken">Cancelled when the time to set up is over.</param>
/// <returns>The responder for this connection.</returns>
/// <exception cref="RSocketException">
/// Refuses: INVALID_SETUP and UNSUPPORTED_SETUP are sent as they are, any other code as REJECTED_SETUP, with the text.
/// </exception>
public delegate ValueTask<RSocketResponder> ConnectionAcceptor(ConnectionSetup setup, RSocketConnection connection, CancellationToken cancellationToken);
