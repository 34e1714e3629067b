namespace RSocketIm.Tests.TestKit;

/// <summary>A clock that stands still until a test moves it; timers fire on the thread that does, in order of their time.</summary>
/// <remarks>While a timer's callback runs, the clock shows that timer's time, as a real clock would.</remarks>
internal sealed class FakeTimeProvider : TimeProvider
{
    private readonly Lock gate = new();
    private readonly List<FakeTimer> timers = [];
    private readonly DateTimeOffset start;
    private DateTimeOffset now;
    private TimeSpan wallError;
    private long created;

    public FakeTimeProvider()
        : this(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero))
    {
    }

    public FakeTimeProvider(DateTimeOffset start) => (this.start, now) = (start, start);

    /// <summary>Ticks of 100 ns, so that a timestamp is a time without rounding.</summary>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>Timers that will fire some time.</summary>
    public int ActiveTimers
    {
        get
        {
            lock (gate)
            {
                return timers.Count(timer => timer.Due is not null);
            }
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (gate)
        {
            return now + wallError;
        }
    }

    public override long GetTimestamp()
    {
        lock (gate)
        {
            return (now - start).Ticks;
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        FakeTimer timer = new(this, callback, state);
        lock (gate)
        {
            timer.Order = created++;
            timers.Add(timer);
        }

        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves the clock, and fires on the way what falls due.</summary>
    /// <param name="by">How far, zero or more.</param>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        FireUntil(start.AddTicks(GetTimestamp()) + by);
    }

    /// <summary>Sets the wall clock, as an operator or NTP may; timestamps and timers go on as if nothing had happened.</summary>
    /// <param name="by">How far, forward or back.</param>
    public void SetWallClock(TimeSpan by)
    {
        lock (gate)
        {
            wallError += by;
        }
    }

    /// <summary>Lets time pass while the process stands still: what fell due meanwhile fires late, and once, as the timers of a process that is continued do.</summary>
    /// <param name="by">How long, zero or more.</param>
    public void StandStill(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        DateTimeOffset target;
        lock (gate)
        {
            target = now += by;
        }

        FireUntil(target);
    }

    private void FireUntil(DateTimeOffset target)
    {
        while (TakeDue(target) is { } timer)
        {
            timer.Fire();
        }
    }

    private FakeTimer? TakeDue(DateTimeOffset target)
    {
        lock (gate)
        {
            FakeTimer? next = timers.Where(timer => timer.Due <= target).OrderBy(timer => timer.Due).ThenBy(timer => timer.Order).FirstOrDefault();
            if (next is null)
            {
                now = target > now ? target : now;
                return null;
            }

            now = next.Due!.Value > now ? next.Due.Value : now;
            next.Due = next.Period > TimeSpan.Zero ? now + next.Period : null;
            return next;
        }
    }

    private sealed class FakeTimer(FakeTimeProvider clock, TimerCallback callback, object? state) : ITimer
    {
        public long Order { get; set; }

        public DateTimeOffset? Due { get; set; }

        public TimeSpan Period { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock.gate)
            {
                if (!clock.timers.Contains(this))
                {
                    return false;
                }

                Period = period == Timeout.InfiniteTimeSpan ? TimeSpan.Zero : period;
                Due = dueTime == Timeout.InfiniteTimeSpan ? null : clock.now + dueTime;
                return true;
            }
        }

        public void Fire() => callback(state);

        public void Dispose()
        {
            lock (clock.gate)
            {
                clock.timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
