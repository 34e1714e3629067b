using RSocketIm.Protocol.Frames;

namespace RSocketIm.Protocol.Connections;

/// <summary>In place of a handshake: tells the peer that there is no room, whatever it meant to say.</summary>
internal sealed class RefusedHandshake(ConnectionCore connection, RSocketException refusal) : IHandshake
{
    public Task<HandshakeResult?> RunAsync()
    {
        // Nothing is logged: a full server has better things to do than to write a line for each that comes.
        connection.BeginClose(ErrorCode.RejectedSetup, refusal.Message, refusal);
        return Task.FromResult<HandshakeResult?>(null);
    }
}
