using System.Net;
using RSocketIm.Server.Configuration;
using RSocketIm.Server.Diagnostics;

namespace RSocketIm.Server.Accounts;

/// <summary>How often one address may try to sign in, and how often anybody may guess one user's password.</summary>
/// <remarks>
/// The limit per name holds against guesses from many addresses. Its price: whoever wants to can keep a user from signing in
/// by password for as long as he goes on guessing; connections and tokens of that user are not touched.
/// </remarks>
internal sealed class SignInLimits(LimitSettings settings, TimeProvider time, LimitMetrics? metrics = null)
{
    private readonly MinuteCounts<IPAddress> addresses = new(settings.SignInsPerMinute, time);
    private readonly MinuteCounts<string> names = new(settings.FailedSignInsPerName, time);

    /// <summary>Counts an attempt from an address.</summary>
    /// <param name="address">Null where there is none: a connection in memory.</param>
    /// <returns>Null when it may be made, else how long to wait.</returns>
    public TimeSpan? Take(IPAddress? address) =>
        IsExempt(address) ? null : Counted(ServerLimit.SignInsPerMinute, addresses.Take(ClientNetwork.Of(address!)));

    /// <summary>Takes an attempt back: only failed ones count.</summary>
    public void GiveBack(IPAddress? address)
    {
        if (!IsExempt(address))
        {
            addresses.GiveBack(ClientNetwork.Of(address!));
        }
    }

    /// <summary>Counts a guess at a user's password, whether or not there is such a user.</summary>
    /// <returns>Null when it may be made, else how long to wait.</returns>
    public TimeSpan? TakeGuess(IPAddress? address, string name) =>
        IsExempt(address) ? null : Counted(ServerLimit.FailedSignInsPerName, names.Take(name));

    /// <summary>Takes a guess back: it was right, or was not made.</summary>
    public void GiveBackGuess(IPAddress? address, string name)
    {
        if (!IsExempt(address))
        {
            names.GiveBack(name);
        }
    }

    private TimeSpan? Counted(ServerLimit limit, TimeSpan? wait)
    {
        if (wait is not null)
        {
            metrics?.Hit(limit);
        }

        return wait;
    }

    private bool IsExempt(IPAddress? address) => address is null || (!settings.LimitLoopback && IsLoopback(address));

    private static bool IsLoopback(IPAddress address) => IPAddress.IsLoopback(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);
}
