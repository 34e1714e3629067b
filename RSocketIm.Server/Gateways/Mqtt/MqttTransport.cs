using System.Net;

namespace RSocketIm.Server.Gateways.Mqtt;

/// <summary>The bytes of a connection, whatever carries them.</summary>
/// <param name="stream">Reads and writes.</param>
/// <param name="remote">From where.</param>
internal abstract class MqttTransport(Stream stream, EndPoint? remote)
{
    /// <summary>Reads and writes.</summary>
    public Stream Stream => stream;

    /// <summary>From where.</summary>
    public EndPoint? Remote => remote;

    /// <summary>Says that nothing more comes from this side. Never fails.</summary>
    /// <param name="patience">Ends the attempt.</param>
    public abstract Task CompleteWritingAsync(CancellationToken patience);

    /// <summary>Closes at once, so that reads and writes under way end.</summary>
    public abstract void Abort();
}
