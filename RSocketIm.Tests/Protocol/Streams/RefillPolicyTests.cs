using RSocketIm.Protocol.Streams;

namespace RSocketIm.Tests.Protocol.Streams;

public sealed class RefillPolicyTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(3, 1)]
    [InlineData(64, 32)]
    [InlineData(int.MaxValue, 1_073_741_823)]
    public void Batch_IsHalfOfThePrefetch_AndAtLeastOne(int prefetch, int batch) => Assert.Equal(batch, new RefillPolicy { Prefetch = prefetch }.Batch);

    [Fact]
    public void PrefetchOfNothing_IsRefused() => Assert.Throws<ArgumentOutOfRangeException>(() => new RefillPolicy { Prefetch = 0 });
}
