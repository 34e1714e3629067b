using RSocketIm.Server.Accounts;
using RSocketIm.Server.Configuration;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Server.Accounts;

public sealed class GuestsTests : IDisposable
{
    private readonly FakeTimeProvider time = new();
    private readonly ServerState state = new();
    private readonly Guests guests;

    public GuestsTests() => guests = new Guests(new AuthSettings(), state, time);

    public void Dispose() => state.Dispose();

    [Fact]
    public void TryHold_OfAnotherToken_FailsUntilTheFirstIsOver()
    {
        Assert.True(guests.TryHold(Token("1", hours: 1)));
        Assert.True(guests.TryHold(Token("1", hours: 1)));
        Assert.False(guests.TryHold(Token("2", hours: 2)));
        Assert.False(guests.IsFree("alice"));
        time.Advance(TimeSpan.FromHours(1));
        Assert.True(guests.IsFree("alice"));
        Assert.True(guests.TryHold(Token("2", hours: 1)));
    }

    [Theory]
    [InlineData(null, "http://127.0.0.1:7070", true)]
    [InlineData(null, "http://0.0.0.0:7070", false)]
    [InlineData(true, "http://0.0.0.0:7070", true)]
    [InlineData(false, "http://127.0.0.1:7070", false)]
    public void AreAllowed_FollowsTheSettingElseTheAddresses(bool? setting, string url, bool allowed)
    {
        Guests some = new(new AuthSettings { AllowGuests = setting }, state, time);
        state.SetReady(new ListeningAddresses([url]));
        Assert.Equal(allowed, some.AreAllowed);
    }

    [Fact]
    public void AreAllowed_BeforeTheAddressesAreKnown_IsFalse() => Assert.False(guests.AreAllowed);

    private Token Token(string id, int hours) => new("alice", id, true, time.GetUtcNow() + TimeSpan.FromHours(hours));
}
