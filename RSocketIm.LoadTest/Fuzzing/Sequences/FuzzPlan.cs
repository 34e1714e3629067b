using RSocketIm.Protocol.Payloads;

namespace RSocketIm.LoadTest.Fuzzing.Sequences;

/// <summary>What a request asks the responder to do, read from its data: so that the model knows the answer before it comes.</summary>
/// <param name="End">How the answer ends.</param>
/// <param name="Count">Payloads in it.</param>
/// <param name="Size">Bytes of data in each; above what a frame holds they come in fragments.</param>
/// <param name="Grant">Credit that a channel grants at first; 0: it never subscribes.</param>
/// <param name="Refills">Whether a channel grants one more for each payload.</param>
/// <param name="StopAfter">After how many payloads a channel wants no more; 0: never.</param>
internal sealed record FuzzPlan(FuzzEnd End, int Count, int Size, int Grant, bool Refills, int StopAfter)
{
    private static readonly int[] Sizes = [0, 5, 90, 300];
    private static readonly int[] Grants = [0, 1, 3, 10, int.MaxValue];

    public static FuzzPlan Parse(ReadOnlySpan<byte> data) => new(
        (FuzzEnd)(At(data, 0) % 7),
        At(data, 1) % 12,
        Sizes[At(data, 2) % Sizes.Length],
        Grants[At(data, 3) % Grants.Length],
        (At(data, 4) & 1) != 0,
        At(data, 5) % 6);

    public static byte[] Random(FuzzRandom random)
    {
        byte[] data = new byte[random.OneIn(5) ? random.Below(200) : 6];
        random.Fill(data);
        return data;
    }

    /// <summary>A payload of the answer.</summary>
    public Payload PayloadAt(int index)
    {
        byte[] data = new byte[Size];
        for (int i = 0; i < data.Length; i++)
        {
            data[i] = (byte)((index * 31) + i);
        }

        return index % 3 == 1 ? new Payload(data, new byte[Size / 2]) : new Payload(data);
    }

    private static int At(ReadOnlySpan<byte> data, int index) => index < data.Length ? data[index] : 0;
}
