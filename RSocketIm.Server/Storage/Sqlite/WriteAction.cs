namespace RSocketIm.Server.Storage.Sqlite;

/// <summary>A write job with a result.</summary>
/// <param name="run">Writes.</param>
/// <param name="committed">Takes over in memory what was written.</param>
internal sealed class WriteAction<T>(Func<LogStatements, T> run, Action<T>? committed = null) : WriteJob
{
    /// <summary>What was returned inside the transaction; valid when the job is done.</summary>
    public T Result { get; private set; } = default!;

    /// <inheritdoc />
    public override bool MayBeLost => Rearranges;

    /// <summary>See <see cref="WriteJob.MayBeLost"/>.</summary>
    public bool Rearranges { get; init; }

    /// <inheritdoc />
    public override void Run(LogStatements log) => Result = run(log);

    /// <inheritdoc />
    public override void Committed() => committed?.Invoke(Result);
}
