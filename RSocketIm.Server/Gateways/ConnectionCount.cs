using System.Diagnostics.CodeAnalysis;
using System.Net;
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
        if (Refusal(address, out IDisposable? place) is not { } limit)
        {
            return place!;
        }

        metrics.Hit(limit);
        throw limit switch
        {
            ServerLimit.Memory => ContractError.Unavailable.ToException("The server is short of memory; try again later."),
            ServerLimit.Connections => ContractError.Unavailable.ToException("The server has all the connections it can take; try again later."),
            _ => ContractError.RateLimited.ToException($"At most {limits.MaxConnectionsPerAddress} connections may come from one address."),
        };
    }

    /// <summary>Counts one more, unless there are too many: then nothing has happened, and <see cref="Enter"/> will say why.</summary>
    /// <param name="address">From where; null where there is no address.</param>
    /// <param name="place">To be disposed when it is gone.</param>
    public bool TryEnter(IPAddress? address, [NotNullWhen(true)] out IDisposable? place) => Refusal(address, out place) is null;

    // Null: it is counted.
    private ServerLimit? Refusal(IPAddress? address, out IDisposable? place)
    {
        place = null;
        if (memory.IsShort)
        {
            return ServerLimit.Memory;
        }

        IPAddress? network = address is null || limits.MaxConnectionsPerAddress == 0 ? null : ClientNetwork.Of(address);
        lock (gate)
        {
            if (all >= limits.MaxConnections)
            {
                return ServerLimit.Connections;
            }

            if (network is not null)
            {
                int here = byNetwork.GetValueOrDefault(network);
                if (here >= limits.MaxConnectionsPerAddress)
                {
                    return ServerLimit.ConnectionsPerAddress;
                }

                byNetwork[network] = here + 1;
            }

            all++;
        }

        place = new Place(this, network);
        return null;
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

    // One for each connection there is, hence no closure.
    private sealed class Place(ConnectionCount count, IPAddress? network) : IDisposable
    {
        private ConnectionCount? held = count;

        public void Dispose() => Interlocked.Exchange(ref held, null)?.Leave(network);
    }
}
