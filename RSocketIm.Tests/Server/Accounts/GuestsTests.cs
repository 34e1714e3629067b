using RSocketIm.Server.Accounts;
using RSocketIm.Server.Configuration;
using RSocketIm.Tests.Server.TestKit;

namespace RSocketIm.Tests.Server.Accounts;

public sealed class GuestsTests : IDisposable
{
    private readonly AccountWorld world = new();
    private readonly ServerState state = new();

    public void Dispose()
    {
        world.Dispose();
        state.Dispose();
    }

    [Fact]
    public async Task TryHold_OfAnotherToken_FailsUntilTheFirstIsOver()
    {
        Assert.True(await world.HoldAsync(Token("1", hours: 1)));
        Assert.True(await world.HoldAsync(Token("1", hours: 1)));
        Assert.False(await world.HoldAsync(Token("2", hours: 2)));
        Assert.False(await IsFreeAsync());
        world.Time.Advance(TimeSpan.FromHours(1));
        Assert.True(await IsFreeAsync());
        Assert.True(await world.HoldAsync(Token("2", hours: 1)));
    }

    [Fact]
    public async Task Register_OfANameThatAGuestHolds_FailsUntilThatIsOver_AndThenTheGuestIsOut()
    {
        Token guest = Token("1", hours: 1);
        Assert.True(await world.HoldAsync(guest));
        Assert.False(await world.RegisterAsync("alice", "correct horse"));
        world.Time.Advance(TimeSpan.FromHours(1));
        Assert.True(await world.RegisterAsync("alice", "correct horse"));
        Assert.False(await IsFreeAsync());
        Assert.False(await world.HoldAsync(guest));
    }

    [Theory]
    [InlineData(null, "http://127.0.0.1:7070", true)]
    [InlineData(null, "http://0.0.0.0:7070", false)]
    [InlineData(true, "http://0.0.0.0:7070", true)]
    [InlineData(false, "http://127.0.0.1:7070", false)]
    public void AreAllowed_FollowsTheSettingElseTheAddresses(bool? setting, string url, bool allowed)
    {
        Guests some = new(new AuthSettings { AllowGuests = setting }, state, world.Desk);
        state.SetReady(new ListeningAddresses([url]));
        Assert.Equal(allowed, some.AreAllowed);
    }

    [Fact]
    public void AreAllowed_BeforeTheAddressesAreKnown_IsFalse() => Assert.False(new Guests(new AuthSettings(), state, world.Desk).AreAllowed);

    private Task<bool> IsFreeAsync() => world.Guests.IsFreeAsync("alice", CancellationToken.None).AsTask();

    private Token Token(string id, int hours) => new("alice", id, true, world.Time.GetUtcNow() + TimeSpan.FromHours(hours));
}
