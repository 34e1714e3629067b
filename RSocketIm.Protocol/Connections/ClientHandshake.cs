using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Streams;

namespace RSocketIm.Protocol.Connections;

/// <summary>Sends SETUP. There is no answer to wait for: requests may follow at once, unless leases are asked for.</summary>
internal sealed class ClientHandshake(ConnectionCore connection, ConnectionSetup setup, RSocketResponder responder) : IHandshake
{
    public Task<HandshakeResult?> RunAsync()
    {
        ConnectionSetup sent = setup with { Lease = connection.Options.Lease is not null, ResumeToken = connection.Session?.Token };
        if (sent.Lease)
        {
            connection.HonourLeases();
        }

        connection.Control(SetupFrame.GetLength(ToFrame(sent)), sent, static (output, setup) => SetupFrame.Write(output, ToFrame(setup)));
        return Task.FromResult<HandshakeResult?>(new HandshakeResult(sent, responder));
    }

    private static SetupFrame ToFrame(ConnectionSetup setup) => new()
    {
        MajorVersion = (ushort)setup.MajorVersion,
        MinorVersion = (ushort)setup.MinorVersion,
        KeepAliveMilliseconds = (int)setup.KeepAliveInterval.TotalMilliseconds,
        MaxLifetimeMilliseconds = (int)setup.MaxLifetime.TotalMilliseconds,
        MetadataMimeType = setup.MetadataMimeType,
        DataMimeType = setup.DataMimeType,
        Lease = setup.Lease,
        HasResumeToken = setup.ResumeToken is not null,
        ResumeToken = new(setup.ResumeToken ?? default),
        HasMetadata = setup.Payload.HasMetadata,
        Metadata = new(setup.Payload.Metadata),
        Data = new(setup.Payload.Data),
    };
}
