namespace RSocketIm.Server.Diagnostics;

/// <summary>What the server finds out about itself.</summary>
internal static partial class DiagnosticsLog
{
    [LoggerMessage(220, LogLevel.Warning, "Memory is short: {Used} bytes are used of {Mark}; new connections are refused.")]
    public static partial void MemoryShort(this ILogger log, long used, long mark);

    [LoggerMessage(221, LogLevel.Information, "Memory suffices again: {Used} bytes are used of {Mark}; connections are taken.")]
    public static partial void MemoryEnough(this ILogger log, long used, long mark);
}
