using System.Collections.Concurrent;

namespace RSocketIm.Server.Storage.Sqlite;

/// <summary>A few read connections, opened when first needed, lent to one reader each.</summary>
/// <typeparam name="TReads">A connection with its statements.</typeparam>
/// <remarks>
/// SQLite reads on the caller's thread, so the number of connections is also the number of pool threads that may wait for
/// the disk at a time. Callers are never kept on their own thread: it may be a connection's read or write loop. Each read
/// takes its turn among everything the pool has to do, however many wait for a connection.
/// </remarks>
internal sealed class ReadPool<TReads>(Func<TReads> open, int size) : IDisposable
    where TReads : class, IDisposable
{
    private readonly SemaphoreSlim free = new(size);
    private readonly ConcurrentBag<TReads> idle = [];
    private volatile bool closed;

    /// <summary>Reads.</summary>
    /// <param name="state">Handed to <paramref name="read"/>.</param>
    /// <param name="read">The reading, synchronous and short.</param>
    /// <param name="cancellationToken">Ends the wait for a connection.</param>
    public async ValueTask<T> RunAsync<TState, T>(TState state, Func<TReads, TState, T> read, CancellationToken cancellationToken)
    {
        await free.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // To the end of the pool's common queue. A semaphore lets the next one go on from the queue of the thread that left it, which is
            // served first: while many wait, as in a storm of sign-ins, these threads would do nothing but read.
            await Task.Yield();
            return Run(state, read);
        }
        finally
        {
            free.Release();
        }
    }

    /// <summary>Reads on this thread, which may wait: the commit loop's and background work's.</summary>
    public T RunHere<TState, T>(TState state, Func<TReads, TState, T> read)
    {
        free.Wait();
        try
        {
            return Run(state, read);
        }
        finally
        {
            free.Release();
        }
    }

    public void Dispose()
    {
        closed = true;
        for (int i = 0; i < size; i++)
        {
            free.Wait();
        }

        while (idle.TryTake(out TReads? reads))
        {
            reads.Dispose();
        }

        free.Release(size);
    }

    private T Run<TState, T>(TState state, Func<TReads, TState, T> read)
    {
        ObjectDisposedException.ThrowIf(closed, this);
        TReads reads = idle.TryTake(out TReads? kept) ? kept : open();
        try
        {
            return read(reads, state);
        }
        finally
        {
            idle.Add(reads);
        }
    }
}
