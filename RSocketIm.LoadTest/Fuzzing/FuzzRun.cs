using System.Collections.Concurrent;
using System.Diagnostics;

namespace RSocketIm.LoadTest.Fuzzing;

/// <summary>Runs fuzzers on every core until the time is up or each has had its inputs, and watches that none of them hangs.</summary>
/// <param name="seed">Repeats the inputs.</param>
/// <param name="targets">Names of <see cref="FuzzTargets"/>; all when empty.</param>
internal sealed class FuzzRun(ulong seed, IReadOnlyCollection<string> targets)
{
    private const int BatchInputs = 256;
    private const int MaxFindings = 20;
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(500);

    /// <summary>Longest time that one input may take: 5 s, a thousand times what a busy machine needs.</summary>
    private static readonly TimeSpan HangAfter = TimeSpan.FromSeconds(5);

    private readonly ConcurrentQueue<FuzzFinding> findings = new();
    private volatile bool stopping;

    /// <summary>Told now and then how far the run is.</summary>
    public Action<string> Progress { get; init; } = static _ => { };

    /// <summary>Runs for a time: all targets in turn on each core, so that each has an equal share of it.</summary>
    public FuzzReport RunFor(TimeSpan time)
    {
        long start = Stopwatch.GetTimestamp();
        return Run(Environment.ProcessorCount, worker =>
        {
            while (!stopping && Stopwatch.GetElapsedTime(start) < time)
            {
                foreach (IFuzzer fuzzer in worker.Fuzzers)
                {
                    long began = Stopwatch.GetTimestamp();
                    while (!stopping && Stopwatch.GetElapsedTime(began) < Slice && Stopwatch.GetElapsedTime(start) < time)
                    {
                        Step(worker, fuzzer, fuzzer.IsSequence ? 4 : BatchInputs);
                    }
                }
            }
        });
    }

    /// <summary>Runs a number of inputs per target, the same ones for the same seed.</summary>
    /// <param name="inputs">Inputs for each target that reads bytes.</param>
    /// <param name="sequences">Sequences for each that plays them.</param>
    public FuzzReport RunCount(int inputs, int sequences)
    {
        ConcurrentQueue<Action<Worker>> tasks = new();
        foreach (string name in Names())
        {
            tasks.Enqueue(worker =>
            {
                IFuzzer fuzzer = worker.Fuzzers.First(each => each.Name == name);
                int left = fuzzer.IsSequence ? sequences : inputs;
                for (; left > 0 && !stopping; left -= BatchInputs)
                {
                    Step(worker, fuzzer, Math.Min(left, BatchInputs));
                }
            });
        }

        return Run(Environment.ProcessorCount, worker =>
        {
            while (tasks.TryDequeue(out Action<Worker>? task))
            {
                task(worker);
            }
        });
    }

    private IEnumerable<string> Names() => FuzzTargets.Names.Where(name => targets.Count == 0 || targets.Contains(name));

    private FuzzReport Run(int count, Action<Worker> work)
    {
        long start = Stopwatch.GetTimestamp();
        Worker[] workers = [.. Enumerable.Range(0, count).Select(number => new Worker(
            [.. Names().Select((name, index) => FuzzTargets.Create(name, FuzzRandom.Seed(seed, (ulong)((number * 100) + index))))]))];
        foreach (Worker worker in workers)
        {
            // A thread of its own that does not keep the process: one that hangs can be left behind.
            worker.Thread = new Thread(() => work(worker)) { IsBackground = true, Name = "fuzz" };
            worker.Thread.Start();
        }

        Watch(workers, start);
        FuzzReport report = new(seed, Stopwatch.GetElapsedTime(start), Counts(workers), [.. findings]);
        foreach (IDisposable fuzzer in workers.SelectMany(static worker => worker.Fuzzers).OfType<IDisposable>())
        {
            fuzzer.Dispose();
        }

        return report;
    }

    private void Step(Worker worker, IFuzzer fuzzer, int count)
    {
        worker.Active = fuzzer;
        if (fuzzer.Run(count) is { } finding)
        {
            findings.Enqueue(finding);
            stopping |= findings.Count >= MaxFindings;
        }
    }

    private void Watch(Worker[] workers, long start)
    {
        long told = start;
        foreach (Worker worker in workers)
        {
            while (!worker.Thread!.Join(TimeSpan.FromMilliseconds(200)))
            {
                foreach (Worker other in workers)
                {
                    if (other.Thread!.IsAlive && other.IsStuck(HangAfter))
                    {
                        IFuzzer fuzzer = other.Active!;
                        findings.Enqueue(new FuzzFinding(fuzzer.Name, "hang", $"One input took longer than {HangAfter.TotalSeconds} s.", fuzzer.Current, seed));
                        stopping = true;
                        return;
                    }
                }

                if (Stopwatch.GetElapsedTime(told) > TimeSpan.FromSeconds(15))
                {
                    told = Stopwatch.GetTimestamp();
                    long inputs = Counts(workers).Sum(static each => each.Inputs);
                    Progress($"{Stopwatch.GetElapsedTime(start).TotalSeconds:N0} s: {inputs:N0} inputs, {findings.Count} findings");
                }
            }
        }
    }

    private static List<FuzzCount> Counts(Worker[] workers) =>
        [.. from worker in workers
            from fuzzer in worker.Fuzzers
            group fuzzer by fuzzer.Name into same
            select new FuzzCount(same.Key, same.Sum(static each => each.Inputs), same.Sum(static each => each.Frames), same.Max(static each => each.Kinds))];

    private sealed class Worker(IFuzzer[] fuzzers)
    {
        private long seenInputs = -1;
        private long seenAt;

        public IFuzzer[] Fuzzers => fuzzers;

        public Thread? Thread { get; set; }

        public volatile IFuzzer? Active;

        /// <summary>Whether no input was finished for so long. The watching thread only.</summary>
        public bool IsStuck(TimeSpan limit)
        {
            long now = fuzzers.Sum(static each => each.Inputs);
            if (now != seenInputs)
            {
                seenInputs = now;
                seenAt = Stopwatch.GetTimestamp();
                return false;
            }

            return Active is { IsSequence: false } && Stopwatch.GetElapsedTime(seenAt) > limit;
        }
    }
}
