using RSocketIm.Server.Diagnostics;

namespace RSocketIm.Tests.Server.Diagnostics;

public sealed class MemoryWatchTests
{
    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(0, 85, 850)]
    [InlineData(500, 85, 500)]
    [InlineData(900, 85, 850)]
    [InlineData(500, 0, 500)]
    public void MarkOf_IsTheLowerOfTheTwo(long bytes, int percent, long mark) => Assert.Equal(mark, MemoryWatch.MarkOf(bytes, percent, available: 1_000));

    [Fact]
    public void InUse_OfThisProcess_IsWithinWhatItMayHave() => Assert.InRange(ProcessMemory.InUse(), 1, ProcessMemory.Available);
}
