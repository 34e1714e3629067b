using System.Collections.Concurrent;
using System.Diagnostics;
using RSocketIm.LoadTest.Engine;
using RSocketIm.LoadTest.Fuzzing;
using RSocketIm.LoadTest.Servers;

namespace RSocketIm.LoadTest.Backpressure;

/// <summary>Readers of every pace in a few rooms, of whom some stop and later go on; every frame of theirs is held to what they granted.</summary>
/// <remarks>
/// Of the readers a tenth waits for credit in the third part, another tenth does not read its socket in the fourth, a tenth grants at
/// random all the time, and the others keep up. In the fifth part all go on, and in the end everybody must have had every entry.
/// </remarks>
internal sealed class BackpressureRun(IBackpressureTarget target, BackpressureLoad load)
{
    private const string Publisher = "publisher";
    private const int KeepUpCredit = 256;

    // Little, so that who grants no more is stalled a few messages later.
    private const int StallCredit = 16;

    // Long enough for some entries to pile up.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(40);

    private readonly Uri address = new(target.Address);
    private readonly Stopwatch watch = Stopwatch.StartNew();
    private readonly string[] rooms = [.. Enumerable.Range(0, load.Rooms).Select(static i => $"bp-{Guid.NewGuid().ToString("N")[..6]}-{i}")];
    private readonly ConcurrentQueue<BackpressureSample> samples = new();
    private readonly List<BackpressurePart> parts = [];
    private readonly List<PacedReader> keepingUp = [];
    private readonly List<PacedReader> wavering = [];
    private readonly List<PacedReader> waitingForCredit = [];
    private readonly List<PacedReader> unread = [];
    private volatile string partName = "connecting";
    private int stalled;

    /// <summary>Told what begins.</summary>
    public Action<string> Progress { get; init; } = static _ => { };

    private IEnumerable<PacedReader> All => keepingUp.Concat(wavering).Concat(waitingForCredit).Concat(unread);

    /// <summary>Runs.</summary>
    /// <param name="stopping">Ends it with an exception.</param>
    /// <exception cref="InvalidOperationException">The load itself could not be put on: nobody is there, or a message was refused.</exception>
    public async Task<BackpressureReport> RunAsync(CancellationToken stopping)
    {
        await using LoadClient member = await LoadClient.ConnectAsync(target.Address, Publisher).ConfigureAwait(false);
        foreach (string room in rooms)
        {
            await member.EnterAsync(room).ConfigureAwait(false);
        }

        using ClientLoop loop = new();
        using CancellationTokenSource sampling = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        Task sampler = SampleAsync(sampling.Token);
        try
        {
            PacedPublisher publisher = new(loop, address, Publisher, rooms, load.Bytes);
            Progress($"{load.Subscribers:N0} feeds of {load.Rooms} rooms are opened");
            Open(loop);
            NudgeAgain(loop);
            await RunPartAsync("warming up", loop, publisher, member, stopping).ConfigureAwait(false);
            await RunPartAsync("all read", loop, publisher, member, stopping).ConfigureAwait(false);
            waitingForCredit.ForEach(static reader => reader.StallCredit());
            Volatile.Write(ref stalled, CountFeeds(waitingForCredit));
            await RunPartAsync("a tenth waits for credit", loop, publisher, member, stopping).ConfigureAwait(false);
            unread.ForEach(static reader => reader.StallSocket());
            Volatile.Write(ref stalled, CountFeeds(waitingForCredit) + CountFeeds(unread));
            await RunPartAsync("another tenth is not read", loop, publisher, member, stopping).ConfigureAwait(false);
            int? full = FullSockets.Count(address.Port, unread.Select(static reader => reader.LocalPort).ToHashSet());
            double? catchUp = await ResumeAsync(loop, publisher, member, stopping).ConfigureAwait(false);
            await FinishAsync(loop, member, stopping).ConfigureAwait(false);
            Progress("thousands of feeds are stalled, for their memory");
            partName = "thousands stalled";
            StallMemory? memory = await StallMemory.MeasureAsync(loop, target, rooms[0], stopping).ConfigureAwait(false);
            return Report(publisher.Acknowledged, full, catchUp, memory);
        }
        finally
        {
            await sampling.CancelAsync().ConfigureAwait(false);
            await sampler.ConfigureAwait(false);
        }
    }

    private static int CountFeeds(IEnumerable<PacedReader> readers) => readers.Sum(static reader => reader.Feeds.Count);

    private void Open(ClientLoop loop)
    {
        int tenth = Math.Max(1, load.Subscribers / 10);
        int each = Math.Min(load.FeedsPerConnection, tenth);
        int shared = tenth / each;
        OpenSome(keepingUp, "fast", Math.Max(1, load.Subscribers - (3 * shared * each)), 1, static _ => CreditPattern.Refill(KeepUpCredit));
        OpenSome(wavering, "random", shared, each, number => CreditPattern.Random(FuzzRandom.Seed(load.Seed, (ulong)number), boundless: number % 5 == 4));
        OpenSome(waitingForCredit, "credit", shared, each, static _ => CreditPattern.Refill(StallCredit));
        loop.DialsNarrow = true;
        OpenSome(unread, "socket", shared, each, static _ => CreditPattern.Refill(StallCredit));

        void OpenSome(List<PacedReader> into, string kind, int connections, int feeds, Func<int, CreditPattern> pattern)
        {
            for (int i = 0; i < connections; i++)
            {
                int first = i * feeds;
                string[] read = [.. Enumerable.Range(first, feeds).Select(feed => rooms[feed % rooms.Length])];
                into.Add(new PacedReader(loop, address, $"{kind}{i}", read, feed => pattern(first + feed)));
            }
        }
    }

    private void NudgeAgain(ClientLoop loop)
    {
        wavering.ForEach(static reader => reader.Nudge());
        loop.At(ClientLoop.After(loop.Now, Pause), () => NudgeAgain(loop));
    }

    private async Task RunPartAsync(string name, ClientLoop loop, PacedPublisher publisher, LoadClient member, CancellationToken stopping)
    {
        Progress(name);
        partName = name;
        LatencyHistogram readerTimes = new();
        keepingUp.ForEach(reader => reader.Times = readerTimes);
        publisher.Times = new LatencyHistogram();
        long sent = publisher.Acknowledged + (long)(load.Rate * load.Part.TotalSeconds);
        await Task.Run(
            () =>
            {
                publisher.Begin((int)(load.Rate * load.Part.TotalSeconds), load.Rate);
                return loop.Run(() => publisher.Acknowledged == sent || publisher.Failure is not null, load.Part + load.Patience, stopping);
            },
            stopping).ConfigureAwait(false);
        if (publisher.Acknowledged != sent)
        {
            throw new InvalidOperationException(publisher.Failure ?? $"{sent - publisher.Acknowledged} messages were not acknowledged within {load.Patience.TotalSeconds:N0} s.");
        }

        await ReachAsync(loop, keepingUp, await HeadsAsync(member).ConfigureAwait(false), stopping).ConfigureAwait(false);
        parts.Add(new BackpressurePart(name, stalled, LatencyFigures.Of(publisher.Times), LatencyFigures.Of(readerTimes)));
    }

    private async Task<double?> ResumeAsync(ClientLoop loop, PacedPublisher publisher, LoadClient member, CancellationToken stopping)
    {
        Dictionary<string, long> heads = await HeadsAsync(member).ConfigureAwait(false);
        PacedReader[] late = [.. waitingForCredit, .. unread];
        foreach (PacedReader reader in late)
        {
            reader.Resume();
        }

        stalled = 0;
        Stopwatch time = Stopwatch.StartNew();
        double? caughtUp = null;
        if (await ReachAsync(loop, late, heads, stopping).ConfigureAwait(false))
        {
            caughtUp = time.Elapsed.TotalSeconds;
            await RunPartAsync("all go on", loop, publisher, member, stopping).ConfigureAwait(false);
        }

        return caughtUp;
    }

    private async Task FinishAsync(ClientLoop loop, LoadClient member, CancellationToken stopping)
    {
        Dictionary<string, long> heads = await HeadsAsync(member).ConfigureAwait(false);
        await ReachAsync(loop, All, heads, stopping).ConfigureAwait(false);

        // Everybody has everything: whatever still comes is too much. A moment for it to be here.
        await Task.Run(() => loop.RunFor(TimeSpan.FromMilliseconds(200), stopping), stopping).ConfigureAwait(false);
        foreach (PacedFeed feed in All.SelectMany(static reader => reader.Feeds))
        {
            feed.Ledger.Close(heads[feed.Room]);
        }
    }

    private async Task<Dictionary<string, long>> HeadsAsync(LoadClient member)
    {
        Dictionary<string, long> heads = [];
        foreach (string room in rooms)
        {
            heads[room] = await member.HeadAsync(room).ConfigureAwait(false);
        }

        return heads;
    }

    // Not for ever: who does not get there is found out in the end.
    private Task<bool> ReachAsync(ClientLoop loop, IEnumerable<PacedReader> readers, Dictionary<string, long> heads, CancellationToken stopping)
    {
        Stack<PacedFeed> left = new(readers.SelectMany(static reader => reader.Feeds));
        return Task.Run(() => loop.Run(IsDone, load.Patience, stopping), stopping);

        bool IsDone()
        {
            while (left.TryPeek(out PacedFeed? feed) && feed.Ledger.Last >= heads[feed.Room])
            {
                left.Pop();
            }

            return left.Count == 0;
        }
    }

    private async Task SampleAsync(CancellationToken stopping)
    {
        try
        {
            using PeriodicTimer timer = new(TimeSpan.FromSeconds(1));
            while (await timer.WaitForNextTickAsync(stopping).ConfigureAwait(false))
            {
                if (await target.ReadMemoryAsync().ConfigureAwait(false) is { } memory)
                {
                    samples.Enqueue(new BackpressureSample(watch.Elapsed.TotalSeconds, partName, Volatile.Read(ref stalled), memory.Resident, memory.Heap));
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The run is over.
        }
    }

    private BackpressureReport Report(long messages, int? full, double? catchUp, StallMemory? memory)
    {
        PacedFeed[] feeds = [.. All.SelectMany(static reader => reader.Feeds)];
        return new BackpressureReport(
            load,
            feeds.Length,
            messages,
            feeds.Sum(static feed => feed.Ledger.Received),
            parts,
            full,
            unread.Count,
            catchUp,
            memory,
            [.. samples],
            feeds.Sum(static feed => feed.Ledger.BrokenCount),
            [.. feeds.SelectMany(static feed => feed.Ledger.Broken)]);
    }
}
