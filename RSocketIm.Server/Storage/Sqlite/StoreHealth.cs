namespace RSocketIm.Server.Storage.Sqlite;

/// <summary>Whether the store takes commits, for <c>/readyz</c>. Set by the writer, read by everybody.</summary>
internal sealed class StoreHealth
{
    private volatile string? reason;

    /// <summary>Whether the last attempt to write succeeded.</summary>
    public bool IsHealthy => reason is null;

    /// <summary>Why the store takes no commits; null when it does.</summary>
    public string? Reason => reason;

    public void Fail(string why) => reason = why;

    public void Recover() => reason = null;
}
