using System.Net;
using System.Reactive.Disposables;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Frames;
using RSocketIm.Server.Configuration;

namespace RSocketIm.Server.Hosting;

/// <summary>How many connections are signed in, in all and from each address.</summary>
internal sealed class ConnectionCount(LimitSettings limits)
{
    private readonly Lock gate = new();
    private readonly Dictionary<IPAddress, int> byAddress = [];
    private int all;

    /// <summary>Counts one more.</summary>
    /// <param name="address">From where; null where there is no address.</param>
    /// <returns>To be disposed when it is gone.</returns>
    /// <exception cref="RSocketException">There are too many.</exception>
    public IDisposable Enter(IPAddress? address)
    {
        lock (gate)
        {
            if (all >= limits.MaxConnections)
            {
                throw new RSocketException(ErrorCode.RejectedSetup, "unavailable: The server has all the connections it can take; try again later.");
            }

            if (address is not null && limits.MaxConnectionsPerAddress > 0)
            {
                int here = byAddress.GetValueOrDefault(address);
                if (here >= limits.MaxConnectionsPerAddress)
                {
                    throw new RSocketException(ErrorCode.RejectedSetup, $"rate_limited: At most {limits.MaxConnectionsPerAddress} connections may come from one address.");
                }

                byAddress[address] = here + 1;
            }

            all++;
        }

        return Disposable.Create(() => Leave(address));
    }

    private void Leave(IPAddress? address)
    {
        lock (gate)
        {
            all--;
            if (address is not null && byAddress.TryGetValue(address, out int here))
            {
                if (here == 1)
                {
                    byAddress.Remove(address);
                }
                else
                {
                    byAddress[address] = here - 1;
                }
            }
        }
    }
}
