using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Streams;

namespace RSocketIm.Protocol.Connections;

/// <summary>Runs one connection from its handshake to its end, on either side.</summary>
internal static class ConnectionLife
{
    /// <summary>Runs the connection; returns when nothing of it is left. Never fails: how it ended is in its close reason.</summary>
    public static async Task RunAsync(ConnectionCore connection, RSocketConnection face, IHandshake handshake)
    {
        Task writing = WriteAsync(connection);
        HandshakeResult? result = null;
        try
        {
            result = await handshake.RunAsync().ConfigureAwait(false);
            if (result is not null)
            {
                await ReadAsync(connection, result).ConfigureAwait(false);
            }

            connection.BeginClose(null, string.Empty, null); // the peer ended its direction; all its streams end with it
        }
        catch (ProtocolViolationException violation)
        {
            if (violation.IsFrameTooLong)
            {
                connection.Hit(ConnectionLimit.FrameBytes);
            }

            ConnectionLog.ProtocolViolated(connection.Logger, connection.Transport.Description, violation.Code, violation.Message);
            connection.BeginClose(violation.Code, violation.Message, new RSocketException(violation.Code, violation.Message, violation));
        }
        catch (IOException error)
        {
            Fail(connection, error);
        }
#pragma warning disable CA1031 // A fault of this library must not take the process, or the accept loop, with it.
        catch (Exception error)
#pragma warning restore CA1031
        {
            ConnectionLog.ConnectionFailed(connection.Logger, connection.Transport.Description, error);
            connection.BeginClose(ErrorCode.ConnectionError, "The connection failed.", error);
        }

        await writing.ConfigureAwait(false);
        await DiscardAsync(connection).ConfigureAwait(false);
        await connection.EndAsync().ConfigureAwait(false);
        Notify(connection, result?.Responder);
        face.SetClosed();
    }

    private static async Task ReadAsync(ConnectionCore connection, HandshakeResult agreed)
    {
        using var keepAlive = new KeepAlive(connection, agreed.Setup);
        using LeaseIssuer? leases = agreed.Setup.Lease && connection.Options.Lease is { } offer ? new LeaseIssuer(connection, offer) : null;
        var requests = new RequestDispatcher(connection, agreed.Responder, leases);
        using var dispatcher = new FrameDispatcher(connection, requests, keepAlive, agreed.Responder);
        await ReadLoop.RunAsync(connection, dispatcher, keepAlive).ConfigureAwait(false);
    }

    private static async Task WriteAsync(ConnectionCore connection)
    {
        try
        {
            await WriteLoop.RunAsync(connection).ConfigureAwait(false);
        }
        catch (IOException error)
        {
            Fail(connection, error);
        }
#pragma warning disable CA1031 // As above.
        catch (Exception error)
#pragma warning restore CA1031
        {
            ConnectionLog.ConnectionFailed(connection.Logger, connection.Transport.Description, error);
            Fail(connection, new IOException("Writing failed.", error));
        }
    }

    private static async Task DiscardAsync(ConnectionCore connection)
    {
        try
        {
            await ReadLoop.DiscardAsync(connection.Transport).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or ProtocolViolationException)
        {
            // The connection is over; how the peer leaves it makes no difference any more.
            ConnectionLog.TransportFailed(connection.Logger, connection.Transport.Description, error);
        }
    }

    private static void Fail(ConnectionCore connection, IOException error)
    {
        ConnectionLog.TransportFailed(connection.Logger, connection.Transport.Description, error);
        connection.BeginClose(null, error.Message, error);
        connection.Transport.Abort();
    }

    private static void Notify(ConnectionCore connection, RSocketResponder? responder)
    {
        try
        {
            responder?.ConnectionClosed(connection.CloseReason);
        }
#pragma warning disable CA1031 // User code, and the connection is over.
        catch (Exception error)
#pragma warning restore CA1031
        {
            ConnectionLog.HandlerFailed(connection.Logger, connection.Transport.Description, "connection closed", error);
        }
    }
}
