namespace RSocketIm.Server.Storage.Sqlite;

/// <summary>Where a test can make the writer fail as a disk would.</summary>
internal enum StoreFault
{
    /// <summary>Before anything of a transaction is written.</summary>
    Begin,

    /// <summary>When everything is written and nothing synced.</summary>
    Sync,
}
