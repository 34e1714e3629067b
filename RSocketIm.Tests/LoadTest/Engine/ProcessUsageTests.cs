using RSocketIm.LoadTest.Engine;

namespace RSocketIm.Tests.LoadTest.Engine;

public sealed class ProcessUsageTests
{
    [Fact]
    public void CpuTime_OfAProcessThatWorks_Grows()
    {
        TimeSpan before = ProcessUsage.CpuTime(Environment.ProcessId);
        Assert.True(before > TimeSpan.Zero);

        Assert.True(SpinWait.SpinUntil(() => ProcessUsage.CpuTime(Environment.ProcessId) > before + TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void ResidentBytes_AreThoseOfAWholeProgram() => Assert.True(ProcessUsage.ResidentBytes(Environment.ProcessId) > 1 << 20);
}
