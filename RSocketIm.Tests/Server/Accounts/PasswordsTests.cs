using RSocketIm.Server.Accounts;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Server.Accounts;

[Collection(HasThePool.Name)]
public sealed class PasswordsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public Task PasswordsBeingHashed_TakeNoThreadOfThePool() => OneWorker.RunAsync(static () =>
    {
        using ManualResetEventSlim ran = new();
        using Passwords passwords = new(iterations: 2_000_000, atOnce: 1);
        Task[] hashed = [passwords.HashAsync("correct horse", CancellationToken.None), passwords.HashAsync("battery staple", CancellationToken.None)];
        Assert.True(SpinWait.SpinUntil(() => passwords.Operations > 0, Patience));
        ThreadPool.UnsafeQueueUserWorkItem(_ => ran.Set(), null);

        Assert.True(ran.Wait(Patience));
        Assert.False(hashed[1].IsCompleted);
        Assert.True(Task.WhenAll(hashed).Wait(Patience));
    });
}
