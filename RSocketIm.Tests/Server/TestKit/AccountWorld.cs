using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using RSocketIm.Server.Accounts;
using RSocketIm.Server.Configuration;
using RSocketIm.Server.Storage;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Server.TestKit;

/// <summary>Everything that signs people in, put together on one clock; hashing is fast.</summary>
internal sealed class AccountWorld : IDisposable
{
    /// <summary>A hasher of this world takes so many rounds.</summary>
    public const int Iterations = 1_000;

    private readonly ServerState state = new();

    public AccountWorld(AuthSettings? auth = null, LimitSettings? limits = null, IAccountStore? store = null)
    {
        Store = store ?? new MemoryAccounts();
        Tokens = new Tokens(auth ?? new AuthSettings(), RandomNumberGenerator.GetBytes(32), Time);
        Desk = new AccountDesk(Store, Passwords, Time, NullLogger<AccountDesk>.Instance);
        Guests = new Guests(auth ?? new AuthSettings { AllowGuests = true }, state, Desk);
        Limits = new SignInLimits(limits ?? new LimitSettings(), Time);
        Authenticator = new Authenticator(Tokens, Guests, Desk, Limits);
    }

    public FakeTimeProvider Time { get; } = new();

    public Passwords Passwords { get; } = new(Iterations, atOnce: 2);

    public IAccountStore Store { get; }

    public Tokens Tokens { get; }

    public AccountDesk Desk { get; }

    public Guests Guests { get; }

    public SignInLimits Limits { get; }

    public Authenticator Authenticator { get; }

    public Task<bool> RegisterAsync(string name, string password) => Desk.RegisterAsync(name, password, CancellationToken.None).AsTask();

    public Task<bool> HoldAsync(Token token) => Desk.TryHoldAsync(token, CancellationToken.None).AsTask();

    public void Dispose()
    {
        Passwords.Dispose();
        state.Dispose();
    }
}
