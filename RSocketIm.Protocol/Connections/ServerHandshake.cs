using System.Buffers;
using RSocketIm.Protocol.Connections.Resumption;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Payloads.Metadata;
using RSocketIm.Protocol.Streams;

namespace RSocketIm.Protocol.Connections;

/// <summary>Waits for SETUP or RESUME, has the application judge it, and refuses everything else.</summary>
/// <remarks>
/// While the application decides, nothing more is read: requests that the client sent behind its SETUP wait in the
/// transport, which bounds them, and none is looked at when the SETUP is refused. Spec: Protocol.md, "Connection
/// Establishment" and "Negotiation".
/// </remarks>
internal sealed class ServerHandshake(
    ConnectionCore connection, RSocketConnection face, RSocketServerOptions options, ConnectionAcceptor acceptor, ResumeSessions? sessions = null) : IHandshake
{
    private bool isResume;

    public async Task<HandshakeResult?> RunAsync()
    {
        using var giveUp = new CancellationTokenSource();
        await using ITimer timer = options.TimeProvider.CreateTimer(
            _ =>
            {
                connection.Hit(ConnectionLimit.SetupTimeout);
                Refuse(isResume ? ErrorCode.RejectedResume : ErrorCode.InvalidSetup, $"The connection was not set up within {options.SetupTimeout.TotalSeconds} s.");
                giveUp.Cancel();
            },
            null,
            options.SetupTimeout,
            Timeout.InfiniteTimeSpan);

        connection.Transport.MaxFrameLength = options.MaxSetupBytes;
        ReadOnlySequence<byte> bytes;
        try
        {
            do
            {
                if (!await connection.Transport.WaitToReadAsync(CancellationToken.None).ConfigureAwait(false))
                {
                    return null;
                }
            }
            while (!connection.Transport.TryRead(out bytes));
        }
        catch (ProtocolViolationException violation)
        {
            if (violation.IsFrameTooLong)
            {
                connection.Hit(ConnectionLimit.SetupBytes);
            }

            throw new ProtocolViolationException(ErrorCode.InvalidSetup, violation.Message);
        }

        Task<HandshakeResult?> judged = Judge(bytes, giveUp.Token); // the bytes are gone after this
        connection.Transport.MaxFrameLength = options.MaxInboundFrameLength;
        return await judged.ConfigureAwait(false);
    }

    private Task<HandshakeResult?> Judge(ReadOnlySequence<byte> bytes, CancellationToken giveUp)
    {
        Frame frame;
        try
        {
            frame = FrameReader.Read(bytes);
        }
        catch (ProtocolViolationException violation)
        {
            throw new ProtocolViolationException(ErrorCode.InvalidSetup, violation.Message);
        }

        if (frame.Type == FrameType.Resume && frame.StreamId == 0)
        {
            isResume = true;
            return new ResumeHandshake(connection, sessions).Judge(frame, giveUp);
        }

        ConnectionSetup setup = Read(frame);
        face.Setup = setup;
        return AcceptAsync(setup, giveUp);
    }

    private static ConnectionSetup Read(in Frame frame)
    {
        if (frame.Type != FrameType.Setup || frame.StreamId != 0)
        {
            throw new ProtocolViolationException(
                ErrorCode.InvalidSetup, $"The first frame must be SETUP on stream 0; it was {FrameDump.Describe(frame)}.");
        }

        SetupFrame setup = SetupFrame.Read(frame);
        if (setup.MajorVersion != 1 || setup.MinorVersion != 0)
        {
            throw new ProtocolViolationException(
                ErrorCode.InvalidSetup, $"Version {setup.MajorVersion}.{setup.MinorVersion} is not spoken here; version 1.0 is.");
        }

        if (setup.KeepAliveMilliseconds <= 0 || setup.MaxLifetimeMilliseconds <= 0)
        {
            throw new ProtocolViolationException(ErrorCode.InvalidSetup, "The keepalive interval and the lifetime are 1..2147483647 ms.");
        }

        return new ConnectionSetup
        {
            MajorVersion = setup.MajorVersion,
            MinorVersion = setup.MinorVersion,
            KeepAliveInterval = TimeSpan.FromMilliseconds(setup.KeepAliveMilliseconds),
            MaxLifetime = TimeSpan.FromMilliseconds(setup.MaxLifetimeMilliseconds),
            MetadataMimeType = Shared(setup.MetadataMimeType),
            DataMimeType = Shared(setup.DataMimeType),
            Lease = setup.Lease,
            ResumeToken = setup.HasResumeToken ? setup.ResumeToken.ToArray() : default(ReadOnlyMemory<byte>?),
            Payload = new PayloadView(setup.Data, setup.Metadata, setup.HasMetadata).ToPayload(),
        };
    }

    // Nearly all are one of a few; a connection then holds none of its own.
    private static string Shared(string mimeType) =>
        WellKnownMimeTypes.TryGetId(mimeType, out WellKnownMimeType known) ? WellKnownMimeTypes.GetName(known)! : mimeType;

    private async Task<HandshakeResult?> AcceptAsync(ConnectionSetup setup, CancellationToken giveUp)
    {
        if (setup.Lease && options.Lease is null)
        {
            return Refuse(ErrorCode.UnsupportedSetup, "This server grants no leases; clear the L flag.");
        }

        if (setup.ResumeToken is { } token && WhyNotResumable(token) is { } refused)
        {
            return Refuse(ErrorCode.RejectedSetup, refused);
        }

        try
        {
            RSocketResponder responder = await acceptor(setup, face, giveUp).ConfigureAwait(false);
            if (setup.Lease)
            {
                connection.HonourLeases();
            }

            if (connection.Session is { } session)
            {
                session.MayResume = responder.MayResume;
                session.Accepted.TrySetResult(true);
            }

            face.Setup = setup with { Payload = default };
            return new HandshakeResult(face.Setup, responder);
        }
        catch (RSocketException refusal)
        {
            // Stream 0 knows only these three answers to a SETUP.
            return Refuse(refusal.Code is ErrorCode.InvalidSetup or ErrorCode.UnsupportedSetup ? refusal.Code : ErrorCode.RejectedSetup, refusal.Message);
        }
        catch (OperationCanceledException) when (giveUp.IsCancellationRequested)
        {
            return null; // refused by the timer
        }
#pragma warning disable CA1031 // The acceptor is user code: whatever it throws refuses this connection only.
        catch (Exception error)
#pragma warning restore CA1031
        {
            ConnectionLog.SetupFailed(connection.Logger, connection.Transport.Description, error);
            return Refuse(ErrorCode.RejectedSetup, "The server failed to set the connection up.");
        }
    }

    // Null when the session is entered under its token.
    private string? WhyNotResumable(ReadOnlyMemory<byte> token)
    {
        if (sessions is null)
        {
            return "This server does not resume sessions; clear the R flag.";
        }

        if (token.Length == 0 || token.Length > sessions.Options.MaxTokenBytes)
        {
            return $"A resume token has 1..{sessions.Options.MaxTokenBytes} bytes; this one has {token.Length}.";
        }

        var session = new ResumableSession(connection, token, sessions.Options, sessions);
        if (!sessions.TryEnter(session))
        {
            return "The resume token is in use."; // the session that has it is left alone: only RESUME may take it over
        }

        connection.MakeResumable(session);
        return null;
    }

    private HandshakeResult? Refuse(ErrorCode code, string message)
    {
        connection.Session?.End(); // the token is free again
        ConnectionLog.SetupRefused(connection.Logger, connection.Transport.Description, code, message);
        connection.BeginClose(code, message, new RSocketException(code, message));
        return null;
    }
}
