using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Diagnostics;

namespace RSocketIm.Server.Accounts;

/// <summary>Hashes passwords, slowly on purpose, beside the threads that serve and only a few at a time.</summary>
internal sealed class Passwords : IDisposable
{
    /// <summary>Shortest password in bytes of UTF-8 (NIST SP 800-63B).</summary>
    public const int MinBytes = 8;

    /// <summary>Longest password in bytes of UTF-8: a bound on what a stranger has hashed, and room for any phrase.</summary>
    public const int MaxBytes = 256;

    /// <summary>What OWASP recommends for PBKDF2 with HMAC-SHA512; a hash made with fewer is made again at the next sign-in.</summary>
    public const int DefaultIterations = 210_000;

    // Some 100 ms each: who is further behind would have given up before its turn came.
    private const int MaxWaiting = 256;

    private readonly PasswordHasher<string> hasher;
    private readonly SemaphoreSlim turns;
    private readonly string nobodys;
    private readonly LimitMetrics? metrics;
    private int waiting;
    private long operations;

    /// <summary>Creates the hasher.</summary>
    /// <param name="iterations">How slow.</param>
    /// <param name="atOnce">Hashes computed at the same time, each on a thread of its own.</param>
    /// <param name="metrics">Counts those that found too many waiting; null: nobody does.</param>
    public Passwords(int iterations, int atOnce, LimitMetrics? metrics = null)
    {
        this.metrics = metrics;
        hasher = new PasswordHasher<string>(Options.Create(new PasswordHasherOptions { IterationCount = iterations }));
        turns = new SemaphoreSlim(atOnce);
        nobodys = MakeUnmatchable(iterations);
    }

    /// <summary>How many passwords were hashed.</summary>
    public long Operations => Volatile.Read(ref operations);

    /// <summary>With the defaults: half of the processors stay free for chat.</summary>
    public static Passwords CreateDefault(LimitMetrics metrics) => new(DefaultIterations, Math.Max(1, Environment.ProcessorCount / 2), metrics);

    /// <summary>Whether a password has a length that one may have.</summary>
    public static bool IsPossible(string password) => Encoding.UTF8.GetByteCount(password) is >= MinBytes and <= MaxBytes;

    /// <summary>Hashes a new password.</summary>
    /// <exception cref="Protocol.RSocketException"><c>unavailable</c>: too many wait.</exception>
    public Task<string> HashAsync(string password, CancellationToken cancellationToken) =>
        RunAsync(() => hasher.HashPassword(string.Empty, password), cancellationToken);

    /// <summary>Compares a password with a hash.</summary>
    /// <param name="hash">The user's; null when there is no such user, which takes as long and fails.</param>
    /// <param name="password">What was given.</param>
    /// <param name="cancellationToken">Ends the wait for a turn.</param>
    /// <exception cref="Protocol.RSocketException"><c>unavailable</c>: too many wait.</exception>
    public Task<PasswordVerificationResult> VerifyAsync(string? hash, string password, CancellationToken cancellationToken) =>
        RunAsync(() => hasher.VerifyHashedPassword(string.Empty, hash ?? nobodys, password), cancellationToken);

    public void Dispose() => turns.Dispose();

    // The hasher's own format with a result drawn at random: it takes the time of a real one, and no password leads to it.
    private static string MakeUnmatchable(int iterations)
    {
        byte[] hash = new byte[13 + 16 + 32];
        hash[0] = 0x01; // version 3
        BinaryPrimitives.WriteInt32BigEndian(hash.AsSpan(1), 2); // HMAC-SHA512
        BinaryPrimitives.WriteInt32BigEndian(hash.AsSpan(5), iterations);
        BinaryPrimitives.WriteInt32BigEndian(hash.AsSpan(9), 16); // bytes of salt
        RandomNumberGenerator.Fill(hash.AsSpan(13));
        return Convert.ToBase64String(hash);
    }

    private async Task<T> RunAsync<T>(Func<T> operation, CancellationToken cancellationToken)
    {
        try
        {
            if (Interlocked.Increment(ref waiting) > MaxWaiting)
            {
                metrics?.Hit(ServerLimit.PasswordsWaiting);
                throw ContractError.Unavailable.ToException("Too many passwords are being checked; try again in a moment.");
            }

            await turns.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref waiting);
        }

        try
        {
            Interlocked.Increment(ref operations);

            // A thread of its own costs a thousandth of the hash, and one of the pool would be missed by everybody else.
            return await Task.Factory.StartNew(operation, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
        }
        finally
        {
            turns.Release();
        }
    }
}
