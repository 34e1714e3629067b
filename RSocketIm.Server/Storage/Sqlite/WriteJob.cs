namespace RSocketIm.Server.Storage.Sqlite;

/// <summary>Something to write to <c>log.db</c>, together with others in one transaction; all methods are called on the writer's thread.</summary>
internal abstract class WriteJob
{
    // Asynchronously: what the caller does next must not run on the writer's thread.
    private readonly TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when it is on disk, or fails and nothing of it is.</summary>
    public Task Done => done.Task;

    /// <summary>Whether it may share its transaction with another job of its kind.</summary>
    public virtual bool Alone => false;

    /// <summary>Whether losing it in a power cut loses nothing: it only rearranges what is there.</summary>
    public virtual bool MayBeLost => false;

    /// <summary>Looks whether it can be done; what throws here leaves the other jobs alone.</summary>
    public virtual void Check()
    {
    }

    /// <summary>Writes, inside the transaction.</summary>
    public abstract void Run(LogStatements log);

    /// <summary>It is durable: take over in memory what it changed. Must not throw.</summary>
    public virtual void Committed()
    {
    }

    public void Complete() => done.TrySetResult();

    public void Fail(Exception reason) => done.TrySetException(reason);
}
