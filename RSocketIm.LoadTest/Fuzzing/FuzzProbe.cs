using System.Buffers;

namespace RSocketIm.LoadTest.Fuzzing;

/// <summary>Puts one input to one target and judges what comes of it.</summary>
internal sealed class FuzzProbe(FuzzTarget target, FuzzRandom random)
{
    private readonly record struct Outcome(ulong Digest, Exception? Error);

    public FuzzTarget Target => target;

    /// <summary>Reads the input in every way, and says what is wrong, if anything.</summary>
    /// <param name="input">The input.</param>
    /// <param name="thorough">Also in pieces, and written again; otherwise only read.</param>
    /// <param name="kind">A number for the kind of input this was: what was read, or how it was refused.</param>
    /// <returns>The oracle and what contradicts it, or null.</returns>
    public (string Kind, string Message)? Try(byte[] input, bool thorough, out ulong kind)
    {
        kind = 0;
        try
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Outcome whole = Read(new ReadOnlySequence<byte>(input));
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            kind = KindOf(whole, input.Length);
            if (allocated > target.AllocationLimit(input.Length) && Allocated(input) is { } again && again > target.AllocationLimit(input.Length))
            {
                return ("allocation", $"Reading {input.Length} bytes allocated {again}.");
            }

            if (!thorough)
            {
                return null;
            }

            Outcome pieces = Read(FuzzPieces.Cut(input, random));
            if (!AreSame(whole, pieces))
            {
                return ("segments", $"In one piece: {Describe(whole)}. In several: {Describe(pieces)}.");
            }

            if (whole.Error is null)
            {
                target.Check(input, whole.Digest);
            }

            return null;
        }
        catch (FuzzException contradiction)
        {
            return ("round-trip", contradiction.Message);
        }
#pragma warning disable CA1031 // Any other exception is what this program looks for.
        catch (Exception error)
#pragma warning restore CA1031
        {
            return ("crash", error.ToString());
        }
    }

    // Static state that is made once must not count: hence a second time.
    private long Allocated(byte[] input)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        Read(new ReadOnlySequence<byte>(input));
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private Outcome Read(in ReadOnlySequence<byte> input)
    {
        try
        {
            return new Outcome(target.Read(input), null);
        }
        catch (Exception error) when (target.IsDocumented(error))
        {
            return new Outcome(0, error);
        }
    }

    private bool AreSame(Outcome one, Outcome other) =>
        one.Digest == other.Digest
        && one.Error?.GetType() == other.Error?.GetType()
        && (!target.ComparesMessages || one.Error?.Message == other.Error?.Message);

    private static string Describe(Outcome outcome) => outcome.Error is { } error ? $"{error.GetType().Name}: {error.Message}" : $"digest {outcome.Digest:x}";

    private ulong KindOf(Outcome outcome, int length)
    {
        FuzzDigest digest = default;
        digest.Add((ulong)System.Numerics.BitOperations.Log2((uint)length + 1));
        if (outcome.Error is { } error)
        {
            digest.Add(error.GetType().Name);
            AddWords(ref digest, error.Message);
        }
        else
        {
            digest.Add(target.Shape);
        }

        return digest.Value;
    }

    // Of a message only what the code says: numbers and quoted parts come from the input.
    private static void AddWords(ref FuzzDigest digest, string message)
    {
        char quote = '\0';
        foreach (char character in message)
        {
            if (quote != '\0')
            {
                quote = character == quote ? '\0' : quote;
            }
            else if (character is '"' or '\'')
            {
                quote = character;
            }
            else if (!char.IsAsciiDigit(character))
            {
                digest.Add((ulong)character);
            }
        }
    }
}
