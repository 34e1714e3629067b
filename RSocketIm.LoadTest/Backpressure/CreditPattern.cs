using RSocketIm.LoadTest.Fuzzing;

namespace RSocketIm.LoadTest.Backpressure;

/// <summary>How a reader grants credit on one feed.</summary>
/// <param name="first">What the request grants, 1 or more.</param>
internal abstract class CreditPattern(int first)
{
    /// <summary>What the request grants, 1 or more.</summary>
    public int First => first;

    /// <summary>What to grant after a payload; 0: nothing now.</summary>
    /// <param name="outstanding">What may still come, without this grant.</param>
    public abstract int Next(long outstanding);

    /// <summary>What to grant now and then when nothing is outstanding; 0: nothing, for it never comes to that.</summary>
    public virtual int AfterPause() => 0;

    /// <summary>So many ahead, topped up when half is used: a reader that keeps up.</summary>
    public static CreditPattern Refill(int ahead) => new Refilling(ahead);

    /// <summary>1, 2, 7 or 256 at a time, sometimes early, sometimes at the last payload, sometimes only after a pause in which entries pile up.</summary>
    /// <param name="seed">Of the choice.</param>
    /// <param name="boundless">Whether 2^31-1 may come too, after which there is nothing more to count.</param>
    public static CreditPattern Random(ulong seed, bool boundless) => new Wavering(new FuzzRandom(seed), boundless);

    private sealed class Refilling(int ahead) : CreditPattern(ahead)
    {
        public override int Next(long outstanding) => outstanding <= First / 2 ? First - (int)outstanding : 0;
    }

    private sealed class Wavering(FuzzRandom random, bool boundless) : CreditPattern(Pick(random))
    {
        public override int Next(long outstanding)
        {
            bool grants = outstanding == 0 ? random.OneIn(2) : outstanding < int.MaxValue / 2 && random.OneIn(16);
            return !grants ? 0 : boundless && random.OneIn(64) ? int.MaxValue : Pick(random);
        }

        public override int AfterPause() => Pick(random);

        private static int Pick(FuzzRandom random) => random.Pick<int>([1, 2, 7, 256]);
    }
}
