using RSocketIm.Server.Rooms;

namespace RSocketIm.Tests.Server.Rooms;

public sealed class SeqSetTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(50)]
    [InlineData(1_000_000_000_000)]
    public void CountAfter_GrownAtBothEndsWithRemovals_IsThatOfASortedSet(long origin)
    {
        SeqSet set = new(origin);
        SortedSet<long> expected = [];
        Random random = new(7);
        long newest = origin;
        long oldest = origin + 1;
        for (int step = 0; step < 2000; step++)
        {
            switch (random.Next(4))
            {
                case 0:
                    newest += random.Next(1, 4);
                    set.AddNewest(newest);
                    expected.Add(newest);
                    break;
                case 1 when oldest > 4:
                    oldest -= random.Next(1, 4);
                    set.AddOldest(oldest);
                    expected.Add(oldest);
                    break;
                case 2:
                    long gone = random.NextInt64(oldest - 2, newest + 3);
                    set.Remove(gone);
                    expected.Remove(gone);
                    break;
                default:
                    long after = random.NextInt64(Math.Max(0, oldest - 3), newest + 3);
                    Assert.Equal(expected.Count(seq => seq > after), set.CountAfter(after));
                    break;
            }
        }

        Assert.Equal(expected.Count, set.Count);
        Assert.Equal(expected.Count, set.CountAfter(0));
    }
}
