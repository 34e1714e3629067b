using RSocketIm.Protocol;
using RSocketIm.Server.Accounts;
using RSocketIm.Server.Storage;
using RSocketIm.Tests.Server.TestKit;

namespace RSocketIm.Tests.Server.Accounts;

public sealed class AccountDeskTests
{
    [Theory]
    [InlineData("alice", "correct horse", true)]
    [InlineData("alice", "Correct horse", false)]
    [InlineData("nobody", "correct horse", false)]
    public async Task IsRight_CostsOneHash_WhetherTheNameIsKnownAndThePasswordRightOrNot(string name, string password, bool isRight)
    {
        using AccountWorld world = new();
        await world.RegisterAsync("alice", "correct horse");
        long before = world.Passwords.Operations;
        Assert.Equal(isRight, await world.Desk.IsRightAsync(name, password, CancellationToken.None));
        Assert.Equal(1, world.Passwords.Operations - before);
    }

    [Fact]
    public async Task IsRight_WithAHashOfFewerRounds_MakesItAnewOnce()
    {
        using AccountWorld world = new();
        using Passwords fast = new(iterations: 10, atOnce: 1);
        string old = await fast.HashAsync("correct horse", CancellationToken.None);
        await world.Store.AddAccountAsync(new AccountRecord("alice", old, 1), CancellationToken.None);

        Assert.False(await world.Desk.IsRightAsync("alice", "wrong horse", CancellationToken.None));
        Assert.Equal(old, await HashAsync(world));
        Assert.True(await world.Desk.IsRightAsync("alice", "correct horse", CancellationToken.None));
        string now = await HashAsync(world);
        Assert.NotEqual(old, now);
        Assert.True(await world.Desk.IsRightAsync("alice", "correct horse", CancellationToken.None));
        Assert.Equal(now, await HashAsync(world));
    }

    [Fact]
    public async Task Register_OfATakenName_ChangesNothingAndHashesNothing()
    {
        using AccountWorld world = new();
        Assert.True(await world.RegisterAsync("alice", "correct horse"));
        string hash = await HashAsync(world);
        long before = world.Passwords.Operations;
        Assert.False(await world.RegisterAsync("alice", "another horse"));
        Assert.Equal((hash, before), (await HashAsync(world), world.Passwords.Operations));
    }

    [Fact]
    public async Task Register_OfOneNameByManyAtOnce_SucceedsOnce()
    {
        using AccountWorld world = new();
        bool[] made = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => world.RegisterAsync("alice", $"password {i}")));
        int winner = Array.IndexOf(made, true);
        Assert.Single(made, true);
        Assert.True(await world.Desk.IsRightAsync("alice", $"password {winner}", CancellationToken.None));
    }

    [Fact]
    public async Task StoreFailure_IsUnavailable_AndNoWrongPassword()
    {
        using AccountWorld world = new(store: new BrokenAccounts());
        Func<Task>[] calls =
        [
            () => world.RegisterAsync("alice", "correct horse"),
            () => world.Desk.IsRightAsync("alice", "correct horse", CancellationToken.None).AsTask(),
            () => world.HoldAsync(world.Tokens.Describe("alice", isGuest: true)),
        ];
        foreach (Func<Task> call in calls)
        {
            Assert.Equal(0x503u, (uint)(await Assert.ThrowsAsync<RSocketException>(call)).Code);
        }
    }

    private static async Task<string> HashAsync(AccountWorld world) => (await world.Store.FindAccountAsync("alice", CancellationToken.None))!.PasswordHash;

    private sealed class BrokenAccounts : IAccountStore
    {
        public ValueTask<AccountRecord?> FindAccountAsync(string name, CancellationToken cancellationToken) => throw Failure();

        public ValueTask<bool> AddAccountAsync(AccountRecord account, CancellationToken cancellationToken) => throw Failure();

        public ValueTask<bool> SetPasswordAsync(string name, string passwordHash, CancellationToken cancellationToken) => throw Failure();

        public ValueTask<bool> ReserveGuestAsync(GuestRecord guest, long now, CancellationToken cancellationToken) => throw Failure();

        public ValueTask<GuestRecord?> FindGuestAsync(string name, CancellationToken cancellationToken) => throw Failure();

        private static IOException Failure() => new("The disk is gone.");
    }
}
