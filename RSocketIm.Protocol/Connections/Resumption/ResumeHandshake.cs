using RSocketIm.Protocol.Frames;

namespace RSocketIm.Protocol.Connections.Resumption;

/// <summary>Judges a RESUME: finds its session, takes it from a transport that may be dead without anybody having noticed, and hands it this one.</summary>
/// <remarks>
/// Version 0.1 is taken for 1.0, because rsocket-js swaps the two halves. What is refused is refused alone: the session it
/// asked for is left as it is. Spec: Protocol.md, "Resume Operation".
/// </remarks>
/// <param name="connection">The connection whose first frame was the RESUME.</param>
/// <param name="sessions">The server's sessions; null: it does not resume.</param>
internal sealed class ResumeHandshake(ConnectionCore connection, ResumeSessions? sessions)
{
    /// <summary>Judges the frame, whose bytes are gone when this returns its task.</summary>
    /// <returns>Null: the connection was handed over, or refused.</returns>
    public Task<HandshakeResult?> Judge(in Frame frame, CancellationToken giveUp)
    {
        ResumeFrame resume = ResumeFrame.Read(frame);
        if (sessions is null)
        {
            return Task.FromResult(Refuse(ResumeRefusal.Off, "This server does not resume sessions; start with SETUP."));
        }

        if ((resume.MajorVersion, resume.MinorVersion) is not ((1, 0) or (0, 1)))
        {
            throw new ProtocolViolationException(
                ErrorCode.RejectedResume, $"Version {resume.MajorVersion}.{resume.MinorVersion} is not spoken here; version 1.0 is.");
        }

        ResumableSession? session = sessions.Find(resume.Token);
        return session is null
            ? Task.FromResult(Refuse(ResumeRefusal.UnknownToken, "There is no such session, or its time is over; start with SETUP."))
            : TakeAsync(session, resume.LastReceivedServerPosition, resume.FirstAvailableClientPosition, giveUp);
    }

    private async Task<HandshakeResult?> TakeAsync(ResumableSession session, long lastReceived, long firstAvailable, CancellationToken giveUp)
    {
        try
        {
            // One at a time: of two RESUMEs of one client the later is the one it still waits for.
            await session.Turn.WaitAsync(giveUp).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return null; // refused by the handshake's timer
        }

        try
        {
            return await TakeInTurnAsync(session, lastReceived, firstAvailable, giveUp).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (giveUp.IsCancellationRequested)
        {
            return null;
        }
        finally
        {
            if (connection.HandedTo is null)
            {
                session.Turn.Release(); // otherwise it is held until the session goes on
            }
        }
    }

    private async Task<HandshakeResult?> TakeInTurnAsync(ResumableSession session, long lastReceived, long firstAvailable, CancellationToken giveUp)
    {
        ConnectionCore earlier = session.Connection;
        if (!await session.Accepted.Task.WaitAsync(giveUp).ConfigureAwait(false) || session.IsLost)
        {
            return Refuse(ResumeRefusal.UnknownToken, "There is no such session, or its time is over; start with SETUP.");
        }

        if (session.MayResume?.Invoke() == false)
        {
            const string Over = "The rights of the session's client are over; start with SETUP.";
            earlier.BeginClose(ErrorCode.ConnectionError, Over, new RSocketException(ErrorCode.ConnectionError, Over));
            return Refuse(ResumeRefusal.Forbidden, Over);
        }

        // The old transport goes first: until then the positions may move. It may be half open, and nobody else would notice for long.
        if (!earlier.TryLoseLink(earlier.Link, new IOException("The session is resumed over another transport.")))
        {
            return Refuse(ResumeRefusal.UnknownToken, "The session is about to end; start with SETUP.");
        }

        await session.WhenParkedAsync().WaitAsync(giveUp).ConfigureAwait(false);
        long received = session.ReceivedPosition;
        if (firstAvailable > received)
        {
            return Refuse(ResumeRefusal.Position, $"The client can send again from position {firstAvailable}, but only {received} was received.");
        }

        if (!session.Retained.TryDropTo(lastReceived))
        {
            return Refuse(ResumeRefusal.Position, $"The server cannot send again from position {lastReceived}.");
        }

        connection.HandOver(session);
        return null;
    }

    private HandshakeResult? Refuse(ResumeRefusal refusal, string message)
    {
        sessions?.Statistics.CountRefused(refusal);
        ConnectionLog.ResumeRefused(connection.Logger, connection.Transport.Description, refusal, message);
        connection.BeginClose(ErrorCode.RejectedResume, message, new RSocketException(ErrorCode.RejectedResume, message));
        return null;
    }
}
