using System.Net;
using Microsoft.Extensions.Logging;
using RSocketIm.Protocol.Frames;

namespace RSocketIm.Protocol.Connections;

/// <summary>What connections log. Never payloads or credentials.</summary>
internal static partial class ConnectionLog
{
    private const int MaxPeerText = 200;

    /// <summary>A text of the peer's in a form for the log: a frame's worth of it would fill a disk, and line ends or escapes would forge lines.</summary>
    public static string Tame(string text)
    {
        int length = Math.Min(text.Length, MaxPeerText);
        return string.Create(length, text, static (tamed, text) =>
        {
            for (int i = 0; i < tamed.Length; i++)
            {
                tamed[i] = char.IsControl(text[i]) ? ' ' : text[i];
            }
        });
    }

    [LoggerMessage(20, LogLevel.Information, "{Transport}: no frame for {Silence}; closing.")]
    public static partial void PeerSilent(ILogger logger, string transport, TimeSpan silence);

    [LoggerMessage(21, LogLevel.Information, "{Transport}: the peer broke the protocol ({Code}): {Reason}")]
    public static partial void ProtocolViolated(ILogger logger, string transport, ErrorCode code, string reason);

    [LoggerMessage(22, LogLevel.Debug, "{Transport}: the transport failed.")]
    public static partial void TransportFailed(ILogger logger, string transport, Exception error);

    [LoggerMessage(23, LogLevel.Information, "{Transport}: setup refused ({Code}): {Reason}")]
    public static partial void SetupRefused(ILogger logger, string transport, ErrorCode code, string reason);

    [LoggerMessage(24, LogLevel.Error, "{Transport}: the setup handler failed.")]
    public static partial void SetupFailed(ILogger logger, string transport, Exception error);

    [LoggerMessage(25, LogLevel.Error, "{Transport}: the connection failed inside this library.")]
    public static partial void ConnectionFailed(ILogger logger, string transport, Exception error);

    [LoggerMessage(26, LogLevel.Information, "{Transport}: the peer closed with {Code}: {Reason}")]
    public static partial void PeerError(ILogger logger, string transport, ErrorCode code, string reason);

    [LoggerMessage(27, LogLevel.Warning, "Stream {StreamId}: {Outcome} while putting fragments together.")]
    public static partial void ReassemblyRefused(ILogger logger, int streamId, ReassemblyOutcome outcome);

    [LoggerMessage(29, LogLevel.Error, "{Remote}: deciding whether the connection may come in failed.")]
    public static partial void AdmissionFailed(ILogger logger, EndPoint? remote, Exception error);

    [LoggerMessage(28, LogLevel.Error, "{Transport}: a handler of {Interaction} failed.")]
    public static partial void HandlerFailed(ILogger logger, string transport, string interaction, Exception error);

    [LoggerMessage(29, LogLevel.Debug, "{Transport}: the transport was lost; the session may be resumed.")]
    public static partial void LinkLost(ILogger logger, string transport, Exception? reason);

    [LoggerMessage(30, LogLevel.Debug, "{Transport}: the session goes on.")]
    public static partial void SessionResumed(ILogger logger, string transport);

    [LoggerMessage(31, LogLevel.Information, "{Transport}: RESUME refused ({Refusal}): {Reason}")]
    public static partial void ResumeRefused(ILogger logger, string transport, ResumeRefusal refusal, string reason);

    [LoggerMessage(32, LogLevel.Information, "{Transport}: the session can no longer be resumed: {Reason}.")]
    public static partial void ResumabilityLost(ILogger logger, string transport, string reason);

    [LoggerMessage(33, LogLevel.Information, "{Transport}: a session without a transport ends early: {Reason}.")]
    public static partial void SessionEvicted(ILogger logger, string transport, string reason);

    [LoggerMessage(36, LogLevel.Error, "{Count} connections are left behind: handlers hold their loops.")]
    public static partial void HandlersHang(ILogger logger, int count);
}
