using RSocketIm.Protocol.Connections.Resumption;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Streams;

namespace RSocketIm.Protocol.Connections;

/// <summary>Runs one connection from its handshake to its end, on either side; a resumable one over as many transports as it takes.</summary>
internal static class ConnectionLife
{
    /// <summary>Runs the connection; returns when nothing of it is left. Never fails: how it ended is in its close reason.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="face">What its owner sees of it.</param>
    /// <param name="handshake">How it begins.</param>
    /// <param name="over">Called when it is over, before anybody else is told.</param>
    public static async Task RunAsync(ConnectionCore connection, RSocketConnection face, IHandshake? handshake, Action<RSocketConnection>? over = null)
    {
        Task writing = WriteLoop.RunAsync(connection);
        HandshakeResult? agreed = await AgreeAsync(connection, handshake!).ConfigureAwait(false);
        handshake = null; // and all that it holds: the rest may take days
        if (connection.HandedTo is { } earlier)
        {
            await writing.ConfigureAwait(false);
            await HandOverAsync(connection.Link, earlier).ConfigureAwait(false);
            over?.Invoke(face);
            face.SetClosed();
            return;
        }

        if (agreed is not null)
        {
            using var dispatcher = new FrameDispatcher(connection, new RequestDispatcher(connection, agreed.Responder), agreed.Responder);
            int leasesLeft = await ReadAsync(connection, agreed, dispatcher, 0).ConfigureAwait(false);
            while (connection.IsLinkLost && await ChangeLinkAsync(connection, writing).ConfigureAwait(false))
            {
                writing = WriteLoop.RunAsync(connection);
                leasesLeft = await ReadAsync(connection, agreed, dispatcher, leasesLeft).ConfigureAwait(false);
            }

            connection.BeginClose(null, string.Empty, connection.LinkReason); // where no link followed and nobody said why
        }

        await writing.ConfigureAwait(false);
        if (!connection.IsLinkLost)
        {
            await DiscardAsync(connection).ConfigureAwait(false);
        }

        await connection.EndAsync().ConfigureAwait(false);
        Notify(connection, agreed?.Responder);
        over?.Invoke(face);
        face.SetClosed();
        connection.Link.SetEnded();
    }

    private static async Task<HandshakeResult?> AgreeAsync(ConnectionCore connection, IHandshake handshake)
    {
        HandshakeResult? agreed = null;
        try
        {
            agreed = await handshake.RunAsync().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Told apart where it is dealt with.
        catch (Exception error)
#pragma warning restore CA1031
        {
            ReadingFailed(connection, error);
        }

        if (agreed is null)
        {
            connection.BeginClose(null, string.Empty, null); // the peer ended its direction
        }

        return agreed;
    }

    // Serves one link; in the result what is left of its lease.
    private static async Task<int> ReadAsync(ConnectionCore connection, HandshakeResult agreed, FrameDispatcher dispatcher, int owedRequests)
    {
        using var keepAlive = new KeepAlive(connection, agreed.Setup);
        using LeaseIssuer? leases = agreed.Setup.Lease && connection.Options.Lease is { } offer ? new LeaseIssuer(connection, offer, owedRequests) : null;
        dispatcher.Begin(keepAlive, leases);
        try
        {
            await ReadLoop.RunAsync(connection, dispatcher, keepAlive).ConfigureAwait(false);

            // The peer ended its direction. Its streams end with it, unless it may come back: over TCP it may have been cut off.
            if (connection.Transport.PeerLeft || !connection.TryLoseLink(connection.Link, new IOException("The peer ended the transport.")))
            {
                connection.BeginClose(null, string.Empty, null);
            }
        }
#pragma warning disable CA1031 // Told apart where it is dealt with.
        catch (Exception error)
#pragma warning restore CA1031
        {
            ReadingFailed(connection, error);
        }

        dispatcher.End();
        return leases?.Left ?? 0;
    }

    private static async Task<bool> ChangeLinkAsync(ConnectionCore connection, Task writing)
    {
        ConnectionLog.LinkLost(connection.Logger, connection.Transport.Description, connection.LinkReason);
        await writing.ConfigureAwait(false);
        return await connection.Session!.NextLinkAsync().ConfigureAwait(false);
    }

    private static async Task HandOverAsync(Link link, ResumableSession earlier)
    {
        bool goesOn = earlier.TryContinue(link, sayOk: true);
        earlier.Turn.Release();
        if (goesOn)
        {
            ConnectionLog.SessionResumed(earlier.Connection.Logger, link.Transport.Description);
            return;
        }

        // It ended a moment ago. The client will ask again and be told.
        link.Transport.Abort();
        await link.DisposeTransportAsync().ConfigureAwait(false);
        link.SetEnded();
    }

    /// <summary>The write loop failed.</summary>
    public static void WritingFailed(ConnectionCore connection, Exception error)
    {
        if (error is not IOException)
        {
            ConnectionLog.ConnectionFailed(connection.Logger, connection.Transport.Description, error); // a fault of this library
        }

        Fail(connection, error as IOException ?? new IOException("Writing failed.", error));
    }

    private static void ReadingFailed(ConnectionCore connection, Exception error)
    {
        switch (error)
        {
            // Half a frame before the end of the bytes is what a cut looks like.
            case ProtocolViolationException { IsTruncation: true } cut when connection.TryLoseLink(connection.Link, cut):
                break;
            case ProtocolViolationException violation:
                if (violation.IsFrameTooLong)
                {
                    connection.Hit(ConnectionLimit.FrameBytes);
                }

                ConnectionLog.ProtocolViolated(connection.Logger, connection.Transport.Description, violation.Code, violation.Message);
                connection.BeginClose(violation.Code, violation.Message, new RSocketException(violation.Code, violation.Message, violation));
                break;
            case IOException failure:
                Fail(connection, failure);
                break;
            default:
                // A fault of this library, which must not take the process, or the accept loop, with it.
                ConnectionLog.ConnectionFailed(connection.Logger, connection.Transport.Description, error);
                connection.BeginClose(ErrorCode.ConnectionError, "The connection failed.", error);
                break;
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
        if (connection.TryLoseLink(connection.Link, error))
        {
            return;
        }

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
