using System.Buffers;

namespace RSocketIm.LoadTest.Fuzzing;

/// <summary>The same bytes in several segments, as a pipe may deliver them.</summary>
internal sealed class FuzzPieces : ReadOnlySequenceSegment<byte>
{
    private FuzzPieces(ReadOnlyMemory<byte> memory, long runningIndex)
    {
        Memory = memory;
        RunningIndex = runningIndex;
    }

    /// <summary>Cuts at random: in up to seven pieces, empty ones among them, or seldom into single bytes.</summary>
    public static ReadOnlySequence<byte> Cut(byte[] bytes, FuzzRandom random)
    {
        if (bytes.Length <= 64 && random.OneIn(8))
        {
            return Join(bytes, [.. Enumerable.Range(1, bytes.Length)]);
        }

        int[] cuts = new int[random.Between(1, 6)];
        for (int i = 0; i < cuts.Length; i++)
        {
            cuts[i] = random.Below(bytes.Length + 1);
        }

        Array.Sort(cuts);
        return Join(bytes, cuts);
    }

    private static ReadOnlySequence<byte> Join(byte[] bytes, int[] cuts)
    {
        int at = 0;
        FuzzPieces? first = null;
        FuzzPieces? last = null;
        foreach (int cut in cuts)
        {
            Append(cut);
        }

        Append(bytes.Length);
        return new ReadOnlySequence<byte>(first!, 0, last!, last!.Memory.Length);

        void Append(int end)
        {
            FuzzPieces piece = new(bytes.AsMemory(at, end - at), at);
            if (last is null)
            {
                first = piece;
            }
            else
            {
                last.Next = piece;
            }

            last = piece;
            at = end;
        }
    }
}
