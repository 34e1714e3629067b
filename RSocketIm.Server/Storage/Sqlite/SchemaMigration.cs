namespace RSocketIm.Server.Storage.Sqlite;

/// <summary>Brings a file's schema forward, one version after the other, each in a transaction of its own.</summary>
/// <param name="fileName">What the file is called in messages.</param>
/// <param name="steps">Step n leads from version n to n + 1; version 0 is the empty file. Steps are only ever added.</param>
internal sealed class SchemaMigration(string fileName, IReadOnlyList<Action<Database>> steps)
{
    /// <summary>The version this program writes.</summary>
    public int Version => steps.Count;

    /// <summary>Migrates.</summary>
    /// <exception cref="StoreOpenException">The file is of a newer program.</exception>
    public void Run(Database database)
    {
        long found = database.ReadLong("PRAGMA user_version");
        if (found > Version)
        {
            throw new StoreOpenException(
                $"{fileName} has schema version {found}, this program knows versions up to {Version}: it was written by a newer program. Nothing was changed.");
        }

        for (int version = (int)found; version < Version; version++)
        {
            int from = version;
            database.InOneTransaction(() =>
            {
                steps[from](database);
                database.Execute($"PRAGMA user_version = {from + 1}");
            });
        }
    }
}
