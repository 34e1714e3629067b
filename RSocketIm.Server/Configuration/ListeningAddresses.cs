using System.Net;
using System.Net.Sockets;

namespace RSocketIm.Server.Configuration;

/// <summary>Where HTTP is listened on, as Kestrel says once it has bound: <c>http://127.0.0.1:7070</c>, <c>http://localhost:7070</c>, <c>https://[::]:443</c>, <c>http://unix:/…</c>.</summary>
internal sealed class ListeningAddresses(IReadOnlyCollection<string> urls)
{
    /// <summary>Whether only this machine can reach it.</summary>
    public bool AreLoopback { get; } = urls.All(IsLoopback);

    /// <summary>The first address that a browser can open, with a slash at its end; null where there is only a Unix socket.</summary>
    public Uri? First { get; } = urls.FirstOrDefault(static url => !IsUnixSocket(url)) is { } url ? ToUri(url) : null;

    /// <summary>The first address and what RSocket has there, as people are told them: <c>http://127.0.0.1:7070/</c> and <c>ws://127.0.0.1:7070/rsocket</c>; of a Unix socket <c>http://unix:/run/x.sock</c> and <c>ws+unix:/run/x.sock:/rsocket</c>.</summary>
    /// <param name="path">The path of RSocket.</param>
    public (string Http, string RSocket) Tell(string path)
    {
        if (First is { } first)
        {
            return (first.ToString(), $"{(first.Scheme == Uri.UriSchemeHttps ? "wss" : "ws")}://{first.Authority}{path}");
        }

        string socket = urls.First();
        return (socket, $"ws+{socket[(socket.IndexOf("://", StringComparison.Ordinal) + 3)..]}:{path}");
    }

    /// <summary>The IP addresses of the same hosts; loopback where there is only a Unix socket.</summary>
    public IReadOnlyList<IPAddress> Hosts()
    {
        IPAddress[] hosts = [.. urls.Where(static url => !IsUnixSocket(url)).SelectMany(HostsOf).Distinct()];
        return hosts.Length > 0 ? hosts : [IPAddress.Loopback];
    }

    // * and + stand for all addresses, and are no host that a URI may have.
    private static Uri ToUri(string url)
    {
        BindingAddress address = BindingAddress.Parse(url);
        return new Uri($"{address.Scheme}://{(address.Host is "*" or "+" ? "0.0.0.0" : address.Host)}:{address.Port}/");
    }

    private static bool IsUnixSocket(string url) => url.Contains("://unix:", StringComparison.OrdinalIgnoreCase) || url.Contains("://pipe:", StringComparison.OrdinalIgnoreCase);

    private static bool IsLoopback(string url) => IsUnixSocket(url) || HostsOf(url).All(IPAddress.IsLoopback);

    private static IPAddress[] HostsOf(string url)
    {
        BindingAddress address = BindingAddress.Parse(url);
        if (address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
        {
            return Socket.OSSupportsIPv6 ? [IPAddress.Loopback, IPAddress.IPv6Loopback] : [IPAddress.Loopback];
        }

        // Kestrel takes any other name for "all addresses", and so [::]; its sockets then serve IPv4 too, ours one family each.
        bool isOne = IPAddress.TryParse(address.Host.Trim('[', ']'), out IPAddress? host) && !host.Equals(IPAddress.IPv6Any);
        return isOne ? [host!] : Socket.OSSupportsIPv6 ? [IPAddress.Any, IPAddress.IPv6Any] : [IPAddress.Any];
    }
}
