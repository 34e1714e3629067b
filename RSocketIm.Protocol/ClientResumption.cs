using System.Buffers;
using RSocketIm.Protocol.Connections;
using RSocketIm.Protocol.Connections.Resumption;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Transports;

namespace RSocketIm.Protocol;

/// <summary>Resumes a client's session by itself: connects with back-off, sends RESUME, and hands the session its new transport, until the session's time is over or the server refuses.</summary>
internal sealed class ClientResumption(
    Func<CancellationToken, ValueTask<FrameTransport>> connect, RSocketClientOptions client, ResumeOptions options, CancellationToken stopping) : IResumeSide
{
    private readonly ReconnectOptions backOff = client.Reconnect ?? new ReconnectOptions();
    private readonly TimeProvider time = client.TimeProvider;

    public void Parked(ResumableSession session) => _ = ResumeAsync(session);

    public void Resumed(ResumableSession session)
    {
    }

    public void GivenUp(ResumableSession session)
    {
    }

    public void Lost(ResumableSession session, string reason) =>
        ConnectionLog.ResumabilityLost(session.Connection.Logger, session.Connection.Transport.Description, reason);

    // A client has one session; its own bound does.
    public bool TryCharge(int bytes) => true;

    public void Release(long bytes)
    {
    }

    private async Task ResumeAsync(ResumableSession session)
    {
        using CancellationTokenSource window = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        await using ITimer end = time.CreateTimer(static state => ((CancellationTokenSource)state!).Cancel(), window, options.SessionDuration, Timeout.InfiniteTimeSpan);
        Exception? failure = session.Connection.LinkReason;
        for (int attempt = 0; session.IsParked; attempt++)
        {
            try
            {
#pragma warning disable CA5394 // Jitter needs no secrecy.
                await Task.Delay(backOff.DelayBefore(attempt, Random.Shared.NextDouble()), time, window.Token).ConfigureAwait(false);
#pragma warning restore CA5394
                await TryOnceAsync(session, window.Token).ConfigureAwait(false);
            }
            catch (RSocketException refusal)
            {
                End(session, refusal);
                return;
            }
            catch (OperationCanceledException) when (window.IsCancellationRequested)
            {
                End(session, new RSocketException(ErrorCode.ConnectionError, $"The session could not be resumed within {options.SessionDuration.TotalSeconds} s.", failure));
                return;
            }
#pragma warning disable CA1031 // Whatever keeps one attempt from connecting, the next may do better; how the last one failed is told at the end.
            catch (Exception error)
#pragma warning restore CA1031
            {
                failure = error;
            }
        }
    }

    private async Task TryOnceAsync(ResumableSession session, CancellationToken window)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(window);
        patience.CancelAfter(client.ConnectTimeout);
        CancellationToken cancellationToken = patience.Token;
        var link = new Link(await connect(cancellationToken).ConfigureAwait(false));
        bool goesOn = false;
        try
        {
            FrameTransport transport = link.Transport;
            ResumeFrame.Write(
                transport.StartFrame(ResumeFrame.GetLength(session.Token.Length)), 1, 0, session.Token.Span, session.ReceivedPosition, session.Retained.First);
            await transport.FlushAsync(cancellationToken).ConfigureAwait(false);
            long position = await AnswerAsync(transport, cancellationToken).ConfigureAwait(false);
            if (!session.Retained.TryDropTo(position))
            {
                throw new RSocketException(ErrorCode.ConnectionError, $"The server wants to resume from position {position}, from which this client cannot send again.");
            }

            goesOn = session.TryContinue(link, sayOk: false);
        }
        finally
        {
            if (!goesOn)
            {
                link.Transport.Abort();
                await link.DisposeTransportAsync().ConfigureAwait(false);
            }
        }
    }

    private static async Task<long> AnswerAsync(FrameTransport transport, CancellationToken cancellationToken)
    {
        try
        {
            ReadOnlySequence<byte> bytes;
            do
            {
                if (!await transport.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    throw new IOException("The server ended the transport before it answered RESUME.");
                }
            }
            while (!transport.TryRead(out bytes));

            return Read(FrameReader.Read(bytes));
        }
        catch (ProtocolViolationException violation)
        {
            throw new IOException("The server's answer to RESUME did not come whole.", violation);
        }
    }

    private static long Read(in Frame frame)
    {
        switch (frame.Type)
        {
            case FrameType.ResumeOk when frame.StreamId == 0:
                return ResumeOkFrame.Read(frame).LastReceivedClientPosition;
            case FrameType.Error when frame.StreamId == 0:
                ErrorFrame error = ErrorFrame.Read(frame);
                if (error.Code == ErrorCode.RejectedSetup)
                {
                    throw new IOException($"The server takes no connections now: {error.Message}"); // said before it has read the RESUME
                }

                throw new RSocketException(error.Code, error.Message);
            default:
                throw new RSocketException(ErrorCode.ConnectionError, $"RESUME was answered with {FrameDump.Describe(frame)}.");
        }
    }

    private static void End(ResumableSession session, RSocketException reason) => session.Connection.BeginClose(null, reason.Message, reason);
}
