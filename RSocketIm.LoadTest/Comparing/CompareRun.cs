using RSocketIm.LoadTest.Peers;
using RSocketIm.LoadTest.Works;

namespace RSocketIm.LoadTest.Comparing;

/// <summary>The same works on RSocketIm and its peers, alternating, so that what the machine does meanwhile meets all of them.</summary>
internal sealed class CompareRun(CompareSettings settings)
{
    private static readonly (string Name, Func<Task<Peer>> Start)[] Others =
    [
        ("SignalR", HostedPeer.StartSignalRAsync),
        ("raw WebSocket", HostedPeer.StartRawAsync),
        ("raw pre-encoded", HostedPeer.StartEncodedAsync),
        ("rsocket-js", RSocketJsPeer.StartAsync),
        ("Mosquitto QoS 0", static () => MosquittoPeer.StartAsync(0)),
        ("Mosquitto QoS 1", static () => MosquittoPeer.StartAsync(1)),
    ];

    private readonly List<Sample> samples = [];
    private readonly List<IdleSample> idle = [];
    private readonly List<string> missing = [];
    private readonly List<string> violations = [];

    /// <summary>Told what is going on: how far it is, 0..1, and a line.</summary>
    public Action<double, string> Progress { get; init; } = static (_, _) => { };

    /// <summary>Names that <see cref="CompareSettings.Peers"/> may have.</summary>
    public static IEnumerable<string> PeerNames => Others.Select(static other => other.Name);

    /// <summary>Runs everything.</summary>
    public async Task<CompareReport> RunAsync(CancellationToken stopping)
    {
        CompareWork[] works = [.. CompareWork.All(settings).Where(work => Wanted(work.Name, settings.Works))];
        if (works.Length > 0)
        {
            await WorkAsync(works, stopping).ConfigureAwait(false);
        }

        if (settings.IdleConnections > 0 && Wanted(CompareWork.Idle, settings.Works))
        {
            await RestAsync(stopping).ConfigureAwait(false);
        }

        return new CompareReport
        {
            Machine = Machine.Describe(),
            Settings = settings,
            Works = [.. works.Select(static work => new WorkText(work.Name, work.Text))],
            Samples = samples,
            Idle = idle,
            Missing = [.. missing.Distinct()],
            Violations = violations,
        };
    }

    private static bool Wanted(string name, IReadOnlyList<string> names) => names.Count == 0 || names.Contains(name, StringComparer.OrdinalIgnoreCase);

    private async Task<Peer?> StartAsync(string name, Func<Task<Peer>> start)
    {
        try
        {
            return await start().ConfigureAwait(false);
        }
        catch (PeerMissingException absent)
        {
            missing.Add($"{name} is left out: {absent.Message}");
            return null;
        }
    }

    private async Task<Peer> StartOwnAsync() => settings.Server is { } address
        ? RSocketImPeer.At(address, settings.ServerProcess)
        : await RSocketImPeer.StartAsync(settings.Directory).ConfigureAwait(false);

    private IEnumerable<(string Name, Func<Task<Peer>> Start)> Servers() =>
        [(CompareReport.Own, StartOwnAsync), .. Others.Where(other => Wanted(other.Name, settings.Peers))];

    private async Task WorkAsync(CompareWork[] works, CancellationToken stopping)
    {
        List<Peer> peers = [];
        try
        {
            foreach ((string name, Func<Task<Peer>> start) in Servers())
            {
                Progress(0, $"starting {name}");
                if (await StartAsync(name, start).ConfigureAwait(false) is { } peer)
                {
                    peers.Add(peer);
                }
            }

            await WorkAsync(peers, works, stopping).ConfigureAwait(false);
        }
        finally
        {
            foreach (Peer peer in peers)
            {
                await peer.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    // Round 0 is not counted: the runtimes compile in it what they run often.
    private async Task WorkAsync(List<Peer> peers, CompareWork[] works, CancellationToken stopping)
    {
        (CompareWork Work, Peer Peer)[] pairs = [.. from work in works from peer in peers where peer.Does(work.Kind) select (work, peer)];
        int done = 0;
        for (int round = 0; round <= settings.Rounds; round++)
        {
            WorkTime time = WorkTime.Seconds(round == 0 ? settings.WarmUpSeconds * 3 : settings.WarmUpSeconds, round == 0 ? settings.WarmUpSeconds : settings.Seconds);
            foreach (CompareWork work in works)
            {
                Peer[] turn = [.. pairs.Where(pair => pair.Work == work).Select(static pair => pair.Peer)];
                for (int i = 0; i < turn.Length; i++)
                {
                    // Who begins moves on from round to round.
                    Peer peer = turn[(i + round) % turn.Length];
                    Progress((double)done++ / (pairs.Length * (settings.Rounds + 1)), $"round {round} of {settings.Rounds}: {work.Name}, {peer.Name}");
                    Measurement measured = await work.Run(peer, time, stopping).ConfigureAwait(false);
                    violations.AddRange(measured.Violations.Select(violation => $"{work.Name}, {peer.Name}, round {round}: {violation}"));
                    if (round > 0)
                    {
                        samples.Add(new Sample(work.Name, peer.Name, round, measured));
                    }
                }
            }
        }
    }

    // Each in a process that has done nothing else: what earlier connections left behind would be used again, and seem to cost nothing.
    private async Task RestAsync(CancellationToken stopping)
    {
        foreach ((string name, Func<Task<Peer>> start) in Servers())
        {
            Progress(1, $"{CompareWork.Idle}: {name}");
            if (await StartAsync(name, start).ConfigureAwait(false) is { } peer)
            {
                await using (peer.ConfigureAwait(false))
                {
                    if (peer.Does(PeerWork.Idle) && peer.ProcessId != 0)
                    {
                        idle.Add(new IdleSample(peer.Name, new IdleWork(settings.IdleConnections).Run(peer, TimeSpan.FromSeconds(settings.Seconds), stopping)));
                    }
                }
            }
        }
    }
}
