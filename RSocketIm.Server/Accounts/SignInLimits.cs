using System.Net;
using RSocketIm.Server.Configuration;

namespace RSocketIm.Server.Accounts;

/// <summary>How often one address may try to sign in, and how often anybody may guess one user's password.</summary>
/// <remarks>
/// The limit per name holds against guesses from many addresses. Its price: whoever wants to can keep a user from signing in
/// by password for as long as he goes on guessing; connections and tokens of that user are not touched.
/// </remarks>
internal sealed class SignInLimits(LimitSettings settings, TimeProvider time)
{
    private readonly MinuteCounts<IPAddress> addresses = new(settings.SignInsPerMinute, time);
    private readonly MinuteCounts<string> names = new(settings.FailedSignInsPerName, time);

    /// <summary>Counts an attempt from an address.</summary>
    /// <param name="address">Null where there is none: a connection in memory.</param>
    /// <returns>Null when it may be made, else how long to wait.</returns>
    public TimeSpan? Take(IPAddress? address) => IsExempt(address) ? null : addresses.Take(Network(address!));

    /// <summary>Takes an attempt back: only failed ones count.</summary>
    public void GiveBack(IPAddress? address)
    {
        if (!IsExempt(address))
        {
            addresses.GiveBack(Network(address!));
        }
    }

    /// <summary>Counts a guess at a user's password, whether or not there is such a user.</summary>
    /// <returns>Null when it may be made, else how long to wait.</returns>
    public TimeSpan? TakeGuess(IPAddress? address, string name) => IsExempt(address) ? null : names.Take(name);

    /// <summary>Takes a guess back: it was right, or was not made.</summary>
    public void GiveBackGuess(IPAddress? address, string name)
    {
        if (!IsExempt(address))
        {
            names.GiveBack(name);
        }
    }

    private bool IsExempt(IPAddress? address) => address is null || (!settings.LimitLoopback && IsLoopback(address));

    private static bool IsLoopback(IPAddress address) => IPAddress.IsLoopback(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);

    // One household has a whole /64 of IPv6 addresses.
    private static IPAddress Network(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        if (address.AddressFamily != System.Net.Sockets.AddressFamily.InterNetworkV6)
        {
            return address;
        }

        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        bytes[8..].Clear();
        return new IPAddress(bytes);
    }
}
