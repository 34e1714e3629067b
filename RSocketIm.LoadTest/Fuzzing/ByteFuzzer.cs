using System.Buffers;

namespace RSocketIm.LoadTest.Fuzzing;

/// <summary>Makes inputs for one target, valid and damaged ones, and keeps those of a kind it has not seen before as the ground for further ones.</summary>
/// <remarks>The kind of an outcome stands in for code coverage: it needs no instrumented build, and tells apart every way to be refused.</remarks>
internal sealed class ByteFuzzer : IFuzzer
{
    private const int MaxCorpus = 4_096;
    private const int MaxKinds = 100_000;

    // Every input is read; cutting and writing again costs more than that and is done for one in four, and for all of a new kind.
    private const int ThoroughOneIn = 4;

    private readonly FuzzProbe probe;
    private readonly FuzzRandom random;
    private readonly FuzzMutator mutator;
    private readonly ulong seed;
    private readonly ArrayBufferWriter<byte> generated = new(1024);
    private readonly List<byte[]> corpus = [];
    private readonly HashSet<ulong> kinds = [];
    private readonly HashSet<string> faults = new(StringComparer.Ordinal);
    private byte[] current = [];
    private long inputs;

    public ByteFuzzer(FuzzTarget target, ulong seed, IEnumerable<byte[]> found)
    {
        this.seed = seed;
        random = new FuzzRandom(seed);
        mutator = new FuzzMutator(random);
        probe = new FuzzProbe(target, random);
        corpus.AddRange(target.Seeds);
        corpus.AddRange(found);
    }

    public string Name => probe.Target.Name;

    public bool IsSequence => false;

    public long Inputs => Volatile.Read(ref inputs);

    public long Frames => 0;

    public int Kinds => kinds.Count;

    public byte[] Current => Volatile.Read(ref current);

    public FuzzFinding? Run(int count)
    {
        for (int i = 0; i < count; i++)
        {
            byte[] input = Next();
            Volatile.Write(ref current, input);
            (string Kind, string Message)? wrong = probe.Try(input, random.OneIn(ThoroughOneIn), out ulong kind);
            if (wrong is null && kinds.Count < MaxKinds && kinds.Add(kind))
            {
                Keep(input);
                wrong = probe.Try(input, thorough: true, out _);
            }

            Volatile.Write(ref inputs, inputs + 1);
            if (wrong is { } finding && faults.Add(Signature(finding)))
            {
                byte[] shortest = Shrink(input, finding.Kind);
                string message = probe.Try(shortest, thorough: true, out _)?.Message ?? finding.Message;
                return new FuzzFinding(Name, finding.Kind, message, shortest, seed);
            }
        }

        return null;
    }

    public (string Kind, string Message)? Replay(byte[] input)
    {
        (string Kind, string Message)? wrong = null;
        for (int i = 0; i < 8 && wrong is null; i++) // cut differently each time
        {
            wrong = probe.Try(input, thorough: true, out _);
        }

        return wrong;
    }

    // The same fault through another input is no news: told apart by the oracle and the first lines, without numbers.
    private static string Signature((string Kind, string Message) finding) => finding.Kind + string.Concat(
        finding.Message.Split('\n').Take(3).SelectMany(static line => line.Take(80)).Where(static character => char.IsLetter(character)));

    private byte[] Next()
    {
        if (corpus.Count > 0 && random.OneIn(2))
        {
            return mutator.Mutate(random.Pick(corpus), random.Pick(corpus), Damage());
        }

        generated.ResetWrittenCount();
        probe.Target.Generate(random, generated);
        return random.OneIn(4) ? generated.WrittenSpan.ToArray() : mutator.Mutate(generated.WrittenSpan, corpus.Count > 0 ? random.Pick(corpus) : [], Damage());
    }

    private int Damage() => random.Below(4) switch
    {
        0 or 1 => 1,
        2 => 2,
        _ => random.Between(3, 8),
    };

    private void Keep(byte[] input)
    {
        if (corpus.Count < MaxCorpus)
        {
            corpus.Add(input);
        }
        else
        {
            corpus[random.Below(MaxCorpus)] = input;
        }
    }

    // Takes away as long as the same oracle is contradicted.
    private byte[] Shrink(byte[] input, string kind)
    {
        int attempts = 2_000;
        for (int size = Math.Max(1, input.Length / 2); size > 0; size /= 2)
        {
            for (int at = 0; at + size <= input.Length && attempts-- > 0;)
            {
                byte[] shorter = [.. input[..at], .. input[(at + size)..]];
                if (Replay(shorter)?.Kind == kind)
                {
                    input = shorter;
                }
                else
                {
                    at += size;
                }
            }
        }

        return input;
    }
}
