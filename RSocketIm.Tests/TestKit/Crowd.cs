namespace RSocketIm.Tests.TestKit;

/// <summary>Many hostile peers, which act at the same time.</summary>
internal sealed class Crowd : IDisposable
{
    private Crowd(HostilePeer[] peers) => Peers = peers;

    public IReadOnlyList<HostilePeer> Peers { get; }

    /// <summary>Connects them all and signs them in as guests.</summary>
    public static Task<Crowd> SignInAsync(string address, int count, string name) => GatherAsync(count, i => HostilePeer.SignInAsync(address, $"{name}{i}"));

    /// <summary>Connects them all, and they say nothing.</summary>
    public static Task<Crowd> ConnectAsync(string address, int count) => GatherAsync(count, _ => HostilePeer.ConnectAsync(address));

    public Task AllAsync(Func<HostilePeer, Task> act) => Task.WhenAll(Peers.Select(peer => Task.Run(() => act(peer))));

    public void Dispose()
    {
        foreach (HostilePeer peer in Peers)
        {
            peer.Dispose();
        }
    }

    // Each of them is a descriptor on both sides: 10,000 at a time would need limits raised, a thousand do not.
    private static async Task<Crowd> GatherAsync(int count, Func<int, Task<HostilePeer>> connect)
    {
        HostilePeer[] peers = new HostilePeer[count];
        await Parallel.ForAsync(0, count, async (i, _) => peers[i] = await connect(i));
        return new Crowd(peers);
    }
}
