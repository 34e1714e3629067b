using System.Buffers;
using RSocketIm.LoadTest.Fuzzing;

namespace RSocketIm.Tests.Fuzz;

/// <summary>A fuzzer that finds nothing proves something only if it finds what is there: faults planted on purpose.</summary>
public sealed class ByteFuzzerTests
{
    [Fact]
    public void UndocumentedException_IsFound_AndItsInputIsShort()
    {
        FuzzFinding finding = Find(static input => input.Contains((byte)0xAB) ? throw new InvalidOperationException("planted") : 1UL);

        Assert.Equal("crash", finding.Kind);
        Assert.Equal([0xAB], finding.Input);
    }

    [Fact]
    public void DocumentedException_IsNoFault() => Assert.Null(Run(static _ => throw new FormatException("of the input")));

    [Fact]
    public void ResultThatDependsOnSegments_IsFound() =>
        Assert.Equal("segments", Find(static _ => 1UL, static sequence => sequence.IsSingleSegment ? 1UL : 2).Kind);

    [Fact]
    public void AllocationOutOfProportion_IsFound() =>
        Assert.Equal("allocation", Find(static input => input.Length > 2 ? (ulong)new byte[1 << 20].Length : 1UL).Kind);

    [Fact]
    public void RoundTripThatChangesSomething_IsFound() =>
        Assert.Equal("round-trip", Find(static input => (ulong)input.Length, check: static input => input.Length == 0).Kind);

    [Fact]
    public void SameSeed_MakesTheSameInputs()
    {
        List<string> first = [];
        List<string> second = [];
        Run(input => Note(first, input));
        Run(input => Note(second, input));

        Assert.NotEmpty(first);
        Assert.Equal(first, second);

        static ulong Note(List<string> inputs, byte[] input)
        {
            inputs.Add(Convert.ToHexString(input));
            return 1;
        }
    }

    [Fact]
    public void Finding_AsAFile_ComesBackAsTheSameInput()
    {
        FuzzFinding finding = new("frames", "crash", "first line\nsecond line", [1, 2, 0xFF], 7);

        Assert.Equal(finding.Input, FuzzFinding.ReadFile(finding.ToFile()));
    }

    private static FuzzFinding Find(Func<byte[], ulong> read, Func<ReadOnlySequence<byte>, ulong>? digest = null, Func<byte[], bool>? check = null)
    {
        FuzzFinding? finding = Run(read, digest, check);
        Assert.NotNull(finding);
        return finding;
    }

    private static FuzzFinding? Run(Func<byte[], ulong> read, Func<ReadOnlySequence<byte>, ulong>? digest = null, Func<byte[], bool>? check = null) =>
        new ByteFuzzer(new PlantedTarget(read, digest ?? (static _ => 0UL), check ?? (static _ => true)), seed: 3, found: []).Run(5_000);

    private sealed class PlantedTarget(Func<byte[], ulong> read, Func<ReadOnlySequence<byte>, ulong> digest, Func<byte[], bool> check) : FuzzTarget
    {
        public override string Name => "planted";

        public override void Generate(FuzzRandom random, ArrayBufferWriter<byte> output)
        {
            int length = random.Between(1, 40);
            random.Fill(output.GetSpan(length)[..length]);
            output.Advance(length);
        }

        public override ulong Read(in ReadOnlySequence<byte> input) => read(input.ToArray()) + digest(input);

        public override bool IsDocumented(Exception error) => error is FormatException;

        public override void Check(byte[] input, ulong digest) => Require(check(input), "planted");
    }
}
