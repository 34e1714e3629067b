using System.Net;
using RSocketIm.Server.Configuration;

namespace RSocketIm.Server.Accounts;

/// <summary>How often one address may try to sign in: a count per minute, so that neither names nor passwords can be tried out quickly.</summary>
internal sealed class SignInLimits(LimitSettings settings, TimeProvider time)
{
    // About 100 bytes each, for one minute; whoever has more addresses than this is not held up by counting them.
    private const int MaxAddresses = 100_000;

    private readonly Lock gate = new();
    private readonly Dictionary<IPAddress, int> counts = [];
    private long started = time.GetTimestamp();

    /// <summary>Whether the address may try once more.</summary>
    /// <param name="address">Null where there is none: a connection in memory.</param>
    public bool HasRoom(IPAddress? address)
    {
        if (IsExempt(address))
        {
            return true;
        }

        lock (gate)
        {
            StartMinute();
            return counts.GetValueOrDefault(Network(address!)) < settings.SignInsPerMinute;
        }
    }

    /// <summary>Counts an attempt.</summary>
    public void Count(IPAddress? address)
    {
        if (IsExempt(address))
        {
            return;
        }

        lock (gate)
        {
            StartMinute();
            IPAddress network = Network(address!);
            if (counts.Count < MaxAddresses || counts.ContainsKey(network))
            {
                counts[network] = counts.GetValueOrDefault(network) + 1;
            }
        }
    }

    private bool IsExempt(IPAddress? address) =>
        settings.SignInsPerMinute == 0 || address is null || (!settings.LimitLoopback && IPAddress.IsLoopback(address));

    private void StartMinute()
    {
        if (time.GetElapsedTime(started) >= TimeSpan.FromMinutes(1))
        {
            started = time.GetTimestamp();
            counts.Clear();
        }
    }

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
