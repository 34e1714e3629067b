using Microsoft.Data.Sqlite;
using RSocketIm.Server.Attachments;
using RSocketIm.Server.Configuration;
using RSocketIm.Server.Storage;
using RSocketIm.Server.Storage.Sqlite;

namespace RSocketIm.Server.Hosting;

/// <summary>What the program does instead of serving: <c>verify</c>, <c>backup DIRECTORY</c> and <c>renew-epochs</c>, with the same configuration as the server.</summary>
internal static class StoreCommands
{
    /// <summary>All is well.</summary>
    public const int Done = 0;

    /// <summary><c>verify</c> found damage.</summary>
    public const int Damaged = 1;

    /// <summary>The command could not do its work.</summary>
    public const int Failed = 2;

    private const string AttachmentsDirectory = "attachments";

    /// <summary>Whether the command line begins with one of the commands.</summary>
    public static bool Has(string[] args) => args is ["verify" or "backup" or "renew-epochs", ..];

    /// <summary>Runs it.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(string[] args)
    {
        bool isBackup = args[0] == "backup";
        string? target = isBackup && args.Length > 1 && !args[1].StartsWith("--", StringComparison.Ordinal) ? args[1] : null;
        try
        {
            // Without what is not an option: the configuration would take a path for a key.
            ServerSettings settings = ServerApp.ReadSettings(args[(target is null ? 1 : 2)..]);
            string log = Path.Combine(settings.DataDirectory, LogSchema.FileName);
            return !File.Exists(log) ? Fail($"There is no {LogSchema.FileName} in {settings.DataDirectory} (RSocketIm:Data:Directory).")
                : args[0] == "verify" ? Verify(settings.DataDirectory, log)
                : !isBackup ? RenewEpochs(settings.DataDirectory, log)
                : target is null ? Fail("Say where to: backup DIRECTORY [--RSocketIm:Data:Directory=…].")
                : CopyAll(settings.DataDirectory, log, Path.GetFullPath(target));
        }
        catch (Exception error) when (error is StartupException or StoreOpenException or IOException or UnauthorizedAccessException)
        {
            return Fail(error.Message);
        }
    }

    private static int Verify(string directory, string log)
    {
        // A server that writes meanwhile would do no harm, but its own writes would keep changing what is checked.
        using StoreLock storeLock = StoreLock.Take(directory);
        VerifyReport? report = null;
        IReadOnlyList<AttachmentContent>? contents = null;
        try
        {
            using Database database = Database.OpenReader(log, 4 << 20);
            RequireKnownSchema(database);
            report = new LogVerifier(database).Run(CancellationToken.None);
            contents = AttachmentContents.Read(database);
        }
        catch (SqliteException error)
        {
            report ??= new VerifyReport(0, 0, 0, 0, [$"{log} cannot be opened: {error.Message}"]);
        }

        Say($"Checked {log}: {report.Rooms} rooms, {report.Blocks} blocks, {report.Entries} entries, {report.Bytes} bytes; pages, checksums, heads, seqs and the index of changes.");
        string files = Path.Combine(directory, AttachmentsDirectory);
        AttachmentReport attachments = contents is null ? new AttachmentReport(0, 0, 0, [], []) : new AttachmentVerifier(files).Run(contents);
        Say(contents is null
            ? $"Not checked {files}: the log does not say what should be there."
            : $"Checked {files}: {attachments.Attachments} attachments with {attachments.Files} files, {attachments.Bytes} bytes; that each is there, its length and its hash.");
        string[] problems = [.. report.Problems, .. attachments.Problems];
        foreach (string line in problems.Concat(attachments.Notes))
        {
            Say(line);
        }

        Say(problems.Length == 0 ? "All is well." : $"{problems.Length} problems.");
        return problems.Length == 0 ? Done : Damaged;
    }

    private static int RenewEpochs(string directory, string log)
    {
        using StoreLock storeLock = StoreLock.Take(directory);
        try
        {
            using Database database = Database.OpenWriter(log, durable: true, 4 << 20);
            RequireKnownSchema(database);
            Say($"{RestoredLog.Renew(database)} rooms have a new epoch.");
            return Done;
        }
        catch (SqliteException error)
        {
            return Fail($"{log} could not be changed: {error.Message}");
        }
    }

    private static int CopyAll(string directory, string log, string target)
    {
        try
        {
            using Database database = Database.OpenReader(log, 4 << 20);
            RequireKnownSchema(database);
            Backup.Write(database, target);
        }
        catch (SqliteException error)
        {
            return Fail($"{log} could not be copied: {error.Message}");
        }

        // After the log: what it refers to was there before it. The files never change, they only come and go.
        int files = CopyFiles(Path.Combine(directory, AttachmentsDirectory), Path.Combine(target, AttachmentsDirectory));
        string key = Path.Combine(directory, Accounts.SigningKey.FileName);
        if (File.Exists(key))
        {
            File.Copy(key, Path.Combine(target, Accounts.SigningKey.FileName));
        }

        Say($"Copied {log} and {files} attachments to {target}; a server can be started on it, and gives its rooms new epochs then.");
        return Done;
    }

    private static int CopyFiles(string from, string to)
    {
        if (!Directory.Exists(from))
        {
            return 0;
        }

        int copied = 0;
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            try
            {
                File.Copy(file, copy);
                copied++;
            }
            catch (FileNotFoundException)
            {
                // Nothing referred to it any more, and the server removed it between the listing and the copy.
            }
        }

        return copied;
    }

    private static void RequireKnownSchema(Database database)
    {
        long version = database.ReadLong("PRAGMA user_version");
        if (version != LogSchema.Migration.Version)
        {
            throw new StoreOpenException(
                $"{LogSchema.FileName} has schema version {version}, this program reads {LogSchema.Migration.Version}: use the program that wrote it, or start a server to bring an older one forward.");
        }
    }

    private static void Say(string line) => Console.Out.WriteLine(line);

    private static int Fail(string sentence)
    {
        Console.Error.WriteLine(sentence);
        return Failed;
    }
}
