using System.Runtime.CompilerServices;

namespace RSocketIm.Protocol.Streams;

/// <summary>How long a loop has had its thread without ever waiting: one that always finds more to do gives it up now and then.</summary>
/// <remarks>
/// <para>A peer that sends faster than it is read, or reads faster than it is written to, keeps a loop from ever waiting. The thread may be
/// one that waits for sockets, and then a share of all connections stands behind it; or one of the pool, whose other work would wait.</para>
/// <para>Not to be copied: a local of the loop.</para>
/// </remarks>
/// <example><code>
/// Stint stint = default;
/// while (await stint.Watch(NextAsync()).ConfigureAwait(false))
/// {
///     Work();
///     await stint.RoundOver();
/// }
/// </code></example>
public struct Stint
{
    // At 64 KiB a read and 32 KiB a write, a millisecond or two.
    private const int MostRounds = 16;

    private int rounds;

    /// <summary>Begins anew if this is something to wait for.</summary>
    /// <param name="next">What the loop awaits.</param>
    /// <returns>The same.</returns>
    public ValueTask Watch(ValueTask next)
    {
        rounds = next.IsCompleted ? rounds : 0;
        return next;
    }

    /// <inheritdoc cref="Watch(ValueTask)"/>
    /// <typeparam name="T">What comes of it.</typeparam>
    public ValueTask<T> Watch<T>(ValueTask<T> next)
    {
        rounds = next.IsCompleted ? rounds : 0;
        return next;
    }

    /// <summary>A round is over; after some of them, what is awaited lets everything go first that the thread pool has to do.</summary>
    public Turn RoundOver()
    {
        if (++rounds < MostRounds)
        {
            return default;
        }

        rounds = 0;
        return new Turn(isOver: true);
    }

    /// <summary>What a loop awaits between two rounds. It goes on at once, or at the end of the thread pool's common queue, on no particular context.</summary>
    /// <param name="isOver">Whether to let others go first.</param>
    public readonly struct Turn(bool isOver) : ICriticalNotifyCompletion
    {
        /// <summary>Whether it goes on at once.</summary>
        public bool IsCompleted => !isOver;

        /// <summary>For the compiler.</summary>
        public Turn GetAwaiter() => this;

        /// <summary>For the compiler.</summary>
        public void GetResult()
        {
        }

        /// <inheritdoc/>
        public void OnCompleted(Action continuation) => ThreadPool.QueueUserWorkItem(static goOn => goOn(), continuation, preferLocal: false);

        /// <inheritdoc/>
        public void UnsafeOnCompleted(Action continuation) => ThreadPool.UnsafeQueueUserWorkItem(static goOn => goOn(), continuation, preferLocal: false);
    }
}
