namespace RSocketIm.Server.Accounts;

/// <summary>What happens to accounts and tokens. Never a password, never a token.</summary>
internal static partial class AccountsLog
{
    [LoggerMessage(400, LogLevel.Error, "The store of accounts failed.")]
    public static partial void AccountsFailed(this ILogger log, Exception error);

    [LoggerMessage(401, LogLevel.Debug, "Connection {Connection}: a renewal was ignored: {Reason}")]
    public static partial void RenewalIgnored(this ILogger log, string connection, string reason);

    [LoggerMessage(402, LogLevel.Error, "Connection {Connection}: a renewal failed.")]
    public static partial void RenewalFailed(this ILogger log, Exception error, string connection);
}
