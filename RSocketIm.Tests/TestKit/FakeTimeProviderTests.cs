namespace RSocketIm.Tests.TestKit;

public sealed class FakeTimeProviderTests
{
    private readonly FakeTimeProvider time = new();

    [Fact]
    public void Advance_MovesClockAndTimestampTogether()
    {
        DateTimeOffset before = time.GetUtcNow();
        long timestamp = time.GetTimestamp();
        time.Advance(TimeSpan.FromSeconds(3));

        Assert.Equal(TimeSpan.FromSeconds(3), time.GetUtcNow() - before);
        Assert.Equal(TimeSpan.FromSeconds(3), time.GetElapsedTime(timestamp));
    }

    [Fact]
    public void Timers_FireInOrderOfTheirTimeWhileTheClockShowsIt()
    {
        DateTimeOffset start = time.GetUtcNow();
        List<(string Name, double Seconds)> fired = [];
        ITimer Timer(string name, int due, int period) => time.CreateTimer(
            _ => fired.Add((name, (time.GetUtcNow() - start).TotalSeconds)), null, TimeSpan.FromSeconds(due), period == 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(period));
        using ITimer late = Timer("late", 5, 0);
        using ITimer early = Timer("early", 2, 0);
        using ITimer periodic = Timer("periodic", 2, 2);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Empty(fired);
        time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal([("early", 2), ("periodic", 2), ("periodic", 4), ("late", 5), ("periodic", 6)], fired);
        Assert.Equal(1, time.ActiveTimers);
    }

    [Fact]
    public void Timer_ChangedOrDisposedInTime_DoesNotFireAsBefore()
    {
        int fired = 0;
        ITimer moved = time.CreateTimer(_ => fired++, null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        ITimer gone = time.CreateTimer(_ => fired += 100, null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        moved.Change(TimeSpan.FromSeconds(3), Timeout.InfiniteTimeSpan);
        gone.Dispose();
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(0, fired);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, fired);
        Assert.False(gone.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan));
    }

    [Fact]
    public void SetWallClock_MovesNeitherTimestampsNorTimers()
    {
        DateTimeOffset before = time.GetUtcNow();
        long timestamp = time.GetTimestamp();
        int fired = 0;
        using ITimer timer = time.CreateTimer(_ => fired++, null, TimeSpan.FromHours(1), Timeout.InfiniteTimeSpan);
        time.SetWallClock(TimeSpan.FromHours(5));
        time.SetWallClock(TimeSpan.FromHours(-7));
        Assert.Equal((TimeSpan.FromHours(-2), TimeSpan.Zero, 0), (time.GetUtcNow() - before, time.GetElapsedTime(timestamp), fired));
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal((TimeSpan.FromHours(-1), 1), (time.GetUtcNow() - before, fired));
    }

    [Fact]
    public void StandStill_FiresAPeriodicTimerOnceAndLate()
    {
        List<TimeSpan> fired = [];
        using ITimer timer = time.CreateTimer(_ => fired.Add(time.GetElapsedTime(0)), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        time.StandStill(TimeSpan.FromSeconds(10));
        Assert.Equal([TimeSpan.FromSeconds(10)], fired);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(11)], fired);
    }

    [Fact]
    public async Task Delay_OfTheFrameworkRunsOnTheFakeClock()
    {
        Task delay = Task.Delay(TimeSpan.FromMinutes(5), time);
        Assert.False(delay.IsCompleted);
        time.Advance(TimeSpan.FromMinutes(5));
        await delay;
    }
}
