namespace RSocketIm.LoadTest.Fuzzing.Sequences;

/// <summary>Plays random sequences of frames, legal and illegal, each on a connection of its own, and shortens the one that shows something.</summary>
/// <param name="seed">Sequence k is made of this and k, so that any of them can be repeated alone.</param>
internal sealed class SequenceFuzzer(ulong seed) : IFuzzer
{
    // Each waits for the other side most of the time.
    private const int AtATime = 4;
    private const int ShrinkAttempts = 200;
    private const int BurstOneIn = 4;

    private long started;
    private long sequences;
    private long frames;

    public string Name => "connection";

    public bool IsSequence => true;

    public long Inputs => Volatile.Read(ref sequences);

    public long Frames => Volatile.Read(ref frames);

    public int Kinds => 0;

    public byte[] Current => [];

    public FuzzFinding? Run(int count) => RunAsync(count).GetAwaiter().GetResult();

    public (string Kind, string Message)? Replay(byte[] input) => ReplayAsync(FrameSequence.FromBytes(input)).GetAwaiter().GetResult();

    private async Task<FuzzFinding?> RunAsync(int count)
    {
        for (int done = 0; done < count; done += AtATime)
        {
            Task<FuzzFinding?>[] playing = [.. Enumerable.Range(0, Math.Min(AtATime, count - done)).Select(_ => Task.Run(PlayNewAsync))];
            FuzzFinding?[] findings = await Task.WhenAll(playing).ConfigureAwait(false);
            if (findings.FirstOrDefault(static finding => finding is not null) is { } found)
            {
                return found;
            }
        }

        return null;
    }

    private async Task<FuzzFinding?> PlayNewAsync()
    {
        ulong own = FuzzRandom.Seed(seed, (ulong)Interlocked.Increment(ref started));
        FuzzRandom random = new(own);
        bool inBursts = random.OneIn(BurstOneIn);
        SequenceMaker maker = new(random, inBursts);
        (string Kind, string Message)? wrong = await SequencePlayer.PlayAsync(random, inBursts, maker.Next).ConfigureAwait(false);
        Interlocked.Increment(ref sequences);
        Interlocked.Add(ref frames, maker.Frames.Count);
        if (wrong is not { } finding)
        {
            return null;
        }

        FrameSequence shortest = await ShrinkAsync(new FrameSequence(inBursts, maker.Frames), finding.Kind).ConfigureAwait(false);
        string message = (await ReplayAsync(shortest).ConfigureAwait(false))?.Message ?? $"{finding.Message} (not every time)";
        return new FuzzFinding(Name, finding.Kind, $"{message}\nSequence seed {own}, {shortest}", shortest.ToBytes(), own);
    }

    // Drops one frame after the other as long as something of the same kind is wrong.
    private static async Task<FrameSequence> ShrinkAsync(FrameSequence sequence, string kind)
    {
        if (kind == "hang")
        {
            return sequence; // every attempt would take as long as the patience lasts
        }

        FrameSequence oneByOne = sequence with { InBursts = false };
        if (sequence.InBursts && (await ReplayAsync(oneByOne).ConfigureAwait(false))?.Kind == kind)
        {
            sequence = oneByOne; // no matter of timing
        }

        int attempts = ShrinkAttempts;
        for (bool shorter = true; shorter && attempts > 0;)
        {
            shorter = false;
            for (int at = sequence.Frames.Count - 1; at >= 0 && attempts-- > 0; at--)
            {
                FrameSequence without = sequence with { Frames = [.. sequence.Frames.Where((_, index) => index != at)] };
                if ((await ReplayAsync(without).ConfigureAwait(false))?.Kind == kind)
                {
                    sequence = without;
                    shorter = true;
                }
            }
        }

        return sequence;
    }

    private static Task<(string Kind, string Message)?> ReplayAsync(FrameSequence sequence)
    {
        int at = 0;
        return SequencePlayer.PlayAsync(new FuzzRandom((ulong)sequence.Frames.Count), sequence.InBursts, _ => at < sequence.Frames.Count ? sequence.Frames[at++] : null);
    }
}
