using RSocketIm.Protocol.Streams;

namespace RSocketIm.Protocol.Connections;

/// <summary>What a handshake ends with when the connection goes on.</summary>
/// <param name="Setup">What both sides agreed to.</param>
/// <param name="Responder">Who answers the peer's requests.</param>
internal sealed record HandshakeResult(ConnectionSetup Setup, RSocketResponder Responder);

/// <summary>The first step of a connection's life on one side.</summary>
internal interface IHandshake
{
    /// <summary>Sets the connection up.</summary>
    /// <returns>Null when it was refused or closed; then <see cref="ConnectionCore.BeginClose"/> has been called if there is anything to say.</returns>
    Task<HandshakeResult?> RunAsync();
}
