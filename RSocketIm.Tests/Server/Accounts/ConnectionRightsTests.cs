using RSocketIm.Protocol;
using RSocketIm.Server.Accounts;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Server.Accounts;

public sealed class ConnectionRightsTests
{
    private readonly FakeTimeProvider time = new();
    private readonly List<string> happened = [];
    private bool isDetached;

    [Fact]
    public void Rights_EndWithTheToken_AndTheConnectionAMinuteLater()
    {
        using ConnectionRights rights = Create(TimeSpan.FromHours(1));
        time.Advance(TimeSpan.FromHours(1) - TimeSpan.FromMilliseconds(1));
        rights.Demand();
        Assert.Empty(happened);
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(0x401u, (uint)Assert.Throws<RSocketException>(rights.Demand).Code);
        Assert.Equal(["streams end"], happened);
        time.Advance(RightsClock.Grace);
        Assert.Equal(["streams end", "closed"], happened);
    }

    [Fact]
    public void Renew_BeforeTheEnd_MovesIt_AndAfterIt_GivesTheRightsBack()
    {
        using ConnectionRights rights = Create(TimeSpan.FromHours(1));
        DateTimeOffset start = time.GetUtcNow();
        rights.Renew(start + TimeSpan.FromHours(2));
        rights.Renew(start + TimeSpan.FromMinutes(1)); // an older token takes nothing away
        time.Advance(TimeSpan.FromHours(1.5));
        rights.Demand();
        time.Advance(TimeSpan.FromHours(0.5));
        Assert.Throws<RSocketException>(rights.Demand);
        rights.Renew(start + TimeSpan.FromHours(3));
        rights.Demand();
        time.Advance(RightsClock.Grace);
        Assert.Equal(["streams end"], happened);
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(["streams end", "streams end", "closed"], happened);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(36_500)]
    public void Rights_WithoutAnEndThatATimerCouldWaitFor_Hold(int? days)
    {
        using ConnectionRights rights = Create(days is null ? null : TimeSpan.FromDays(days.Value));
        Assert.Equal(days is not null, rights.CanBeRenewed);
        time.Advance(TimeSpan.FromDays(60));
        rights.Demand();
        Assert.Empty(happened);
    }

    [Fact]
    public void WallClock_SetForward_EndsTheRightsWithinAMinute_AndSetBackAgainReturnsThem()
    {
        using ConnectionRights rights = Create(TimeSpan.FromHours(4));
        time.SetWallClock(TimeSpan.FromHours(5));
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Throws<RSocketException>(rights.Demand);
        time.SetWallClock(TimeSpan.FromHours(-5));
        time.Advance(RightsClock.Grace);
        rights.Demand();
        Assert.Equal(["streams end"], happened);
        time.Advance(TimeSpan.FromHours(4));
        Assert.Throws<RSocketException>(rights.Demand);
    }

    [Fact]
    public void Dispose_OfAConnectionThatIsOver_StopsTheClock()
    {
        ConnectionRights rights = Create(TimeSpan.FromHours(1));
        rights.Dispose();
        rights.Renew(time.GetUtcNow() + TimeSpan.FromHours(2));
        time.Advance(TimeSpan.FromHours(3));
        Assert.Empty(happened);
    }

    [Fact]
    public void Rights_OfADetachedConnection_EndWithoutGrace()
    {
        isDetached = true;
        using ConnectionRights rights = Create(TimeSpan.FromHours(1));
        Assert.False(rights.IsOver);
        time.Advance(TimeSpan.FromHours(1));
        Assert.True(rights.IsOver);
        Assert.Equal(["closed"], happened);
    }

    private ConnectionRights Create(TimeSpan? lifetime) =>
        new(new Identity("alice", time.GetUtcNow() + lifetime), time, _ => happened.Add("streams end"), () => happened.Add("closed"), () => isDetached);
}
