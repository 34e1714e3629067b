using System.Net;
using System.Reactive.Disposables;
using RSocketIm.Protocol;
using RSocketIm.Server.Configuration;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Diagnostics;

namespace RSocketIm.Server.Gateways;

/// <summary>The front door of every transport: how many connections there are, in all and from each address, and whether there is memory for one more.</summary>
/// <remarks>A connection counts from the moment it is accepted, before it has said a word: one that never says one costs as much.</remarks>
internal sealed class ConnectionCount(LimitSettings limits, MemoryWatch memory, LimitMetrics metrics)
{
    /// <summary>When somebody who was refused may ask again; a client that backs off by itself waits about as long.</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    private readonly Lock gate = new();
    private readonly Dictionary<IPAddress, int> byNetwork = [];
    private int all;

    /// <summary>Counts one more.</summary>
    /// <param name="address">From where; null where there is no address.</param>
    /// <returns>To be disposed when it is gone.</returns>
    /// <exception cref="RSocketException"><c>unavailable</c> or <c>rate_limited</c>: there are too many, or there is no memory.</exception>
    public IDisposable Enter(IPAddress? address)
    {
        if (memory.IsShort)
        {
            metrics.Hit(ServerLimit.Memory);
            throw ContractError.Unavailable.ToException("The server is short of memory; try again later.");
        }

        IPAddress? network = address is null || limits.MaxConnectionsPerAddress == 0 ? null : ClientNetwork.Of(address);
        lock (gate)
        {
            if (all >= limits.MaxConnections)
            {
                metrics.Hit(ServerLimit.Connections);
                throw ContractError.Unavailable.ToException("The server has all the connections it can take; try again later.");
            }

            if (network is not null)
            {
                int here = byNetwork.GetValueOrDefault(network);
                if (here >= limits.MaxConnectionsPerAddress)
                {
                    metrics.Hit(ServerLimit.ConnectionsPerAddress);
                    throw ContractError.RateLimited.ToException($"At most {limits.MaxConnectionsPerAddress} connections may come from one address.");
                }

                byNetwork[network] = here + 1;
            }

            all++;
        }

        return Disposable.Create(() => Leave(network));
    }

    private void Leave(IPAddress? network)
    {
        lock (gate)
        {
            all--;
            if (network is not null && --byNetwork[network] == 0)
            {
                byNetwork.Remove(network);
            }
        }
    }
}
