using RSocketIm.Server.Gateways.Mqtt;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Server.Gateways.Mqtt;

public sealed class KeepAliveWatchTests
{
    private readonly FakeTimeProvider time = new();

    [Fact]
    public void Silence_OfOneAndAHalfKeepAlives_IsTheEnd()
    {
        int ends = 0;
        using KeepAliveWatch watch = new(10, time, () => ends++);
        watch.BeginReading();
        time.Advance(TimeSpan.FromSeconds(14));
        watch.EndReading();
        watch.BeginReading();
        time.Advance(TimeSpan.FromSeconds(14.9));
        Assert.Equal(0, ends);

        time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal(1, ends);
    }

    [Fact]
    public void TimeInWhichNothingWasRead_IsNotHeldAgainstTheClient()
    {
        int ends = 0;
        using KeepAliveWatch watch = new(10, time, () => ends++);
        watch.BeginReading();
        watch.EndReading();
        time.Advance(TimeSpan.FromMinutes(10));
        watch.BeginReading();
        time.Advance(TimeSpan.FromSeconds(14.9));

        Assert.Equal(0, ends);
        time.Advance(TimeSpan.FromSeconds(15.1));
        Assert.Equal(1, ends);
    }

    [Fact]
    public void KeepAliveOfZero_NeverEnds()
    {
        int ends = 0;
        using KeepAliveWatch watch = new(0, time, () => ends++);
        watch.BeginReading();
        time.Advance(TimeSpan.FromDays(3));

        Assert.Equal(0, ends);
    }
}
