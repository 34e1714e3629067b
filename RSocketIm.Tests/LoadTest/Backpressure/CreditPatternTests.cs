using RSocketIm.LoadTest.Backpressure;

namespace RSocketIm.Tests.LoadTest.Backpressure;

public sealed class CreditPatternTests
{
    private static readonly int[] Known = [1, 2, 7, 256];

    [Fact]
    public void Refill_TopsUpAtHalf()
    {
        CreditPattern pattern = CreditPattern.Refill(256);
        Assert.Equal((256, 0, 128, 256), (pattern.First, pattern.Next(129), pattern.Next(128), pattern.Next(0)));
    }

    [Fact]
    public void Random_GrantsTheKnownNumbers_AndSometimesNothingAtZero()
    {
        CreditPattern pattern = CreditPattern.Random(1, boundless: false);
        int[] grants = [.. Enumerable.Range(0, 1_000).Select(_ => pattern.Next(0))];
        Assert.Equal([0, .. Known], grants.Distinct().Order());
        Assert.All(Enumerable.Range(0, 100), _ => Assert.Contains(pattern.AfterPause(), Known));
    }

    [Fact]
    public void Random_OfTheSameSeed_IsTheSame()
    {
        CreditPattern one = CreditPattern.Random(7, boundless: true);
        CreditPattern other = CreditPattern.Random(7, boundless: true);
        Assert.Equal(one.First, one.First);
        Assert.Equal(one.First, other.First);
        Assert.Equal(Enumerable.Range(0, 100).Select(_ => one.Next(0)), Enumerable.Range(0, 100).Select(_ => other.Next(0)));
    }

    [Fact]
    public void Random_WithoutBounds_GrantsEverythingAndThenNoMore()
    {
        CreditPattern pattern = CreditPattern.Random(1, boundless: true);
        Assert.Contains(int.MaxValue, Enumerable.Range(0, 1_000).Select(_ => pattern.Next(0)));
        Assert.All(Enumerable.Range(0, 100), _ => Assert.Equal(0, pattern.Next(int.MaxValue)));
    }
}
