using System.Net;
using System.Net.Sockets;

namespace RSocketIm.Server.Configuration;

/// <summary>Whom an address stands for where clients are counted by address.</summary>
internal static class ClientNetwork
{
    /// <summary>The address itself; of IPv6 its /64, which one household has as a whole; of an IPv4 address in IPv6's clothes that one.</summary>
    public static IPAddress Of(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address;
        }

        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        bytes[8..].Clear();
        return new IPAddress(bytes);
    }
}
