using FsCheck;
using FsCheck.Fluent;
using RSocketIm.Protocol.Streams;

namespace RSocketIm.Tests.Protocol.Streams;

public sealed class CreditTests
{
    [Fact]
    [Trait("Checklist", "43")]
    [Trait("Checklist", "E8")]
    public void GrantsThatReach2To31Minus1InSmallSteps_AreUnboundedFromThenOn()
    {
        Credit credit = default;
        credit.Grant(int.MaxValue - 1);
        Assert.False(credit.IsUnbounded);
        credit.Spend(int.MaxValue - 1);
        Assert.False(credit.TrySpend());
        credit.Grant(1);
        Assert.True(credit.IsUnbounded);
        credit.Spend(long.MaxValue / 2);
        credit.Spend(long.MaxValue / 2);
        Assert.Equal(long.MaxValue, credit.Available);
        Assert.True(credit.TrySpend());
    }

    [Fact]
    [Trait("Checklist", "41")]
    [Trait("Checklist", "44")]
    public void AnySequenceOfGrants_AddsUpExactly()
    {
        Prop.ForAll(
            ArbMap.Default.ArbFor<PositiveInt[]>(),
            grants =>
            {
                Credit credit = default;
                long sum = 0;
                foreach (PositiveInt grant in grants)
                {
                    credit.Grant(grant.Get);
                    sum += grant.Get;
                }

                return credit.Available == (sum >= int.MaxValue ? long.MaxValue : sum);
            }).QuickCheckThrowOnFailure();
    }
}
