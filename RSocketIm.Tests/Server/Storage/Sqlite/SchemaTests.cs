using RSocketIm.Server.Storage;
using RSocketIm.Server.Storage.Sqlite;
using RSocketIm.Tests.Server.TestKit;

namespace RSocketIm.Tests.Server.Storage.Sqlite;

public sealed class SchemaTests : IDisposable
{
    private readonly DataDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Fact]
    public void AnOldFile_IsBroughtForwardStepByStepAndKeepsWhatItHas()
    {
        using Database file = Database.OpenWriter(directory.File("x.db"), durable: true, 1 << 20);
        Action<Database> first = database => database.Execute("CREATE TABLE things (name TEXT)");
        Action<Database> second = database => database.Execute("ALTER TABLE things ADD COLUMN size INTEGER NOT NULL DEFAULT 7");
        new SchemaMigration("x.db", [first]).Run(file);
        file.Execute("INSERT INTO things VALUES ('a')");

        new SchemaMigration("x.db", [first, second]).Run(file);
        new SchemaMigration("x.db", [first, second]).Run(file);

        Assert.Equal((7, 2), (file.ReadLong("SELECT size FROM things WHERE name = 'a'"), file.ReadLong("PRAGMA user_version")));
    }

    [Fact]
    public void AStepThatFails_ChangesNothing()
    {
        using Database file = Database.OpenWriter(directory.File("x.db"), durable: true, 1 << 20);
        SchemaMigration broken = new("x.db", [database => database.Execute("CREATE TABLE things (name TEXT); SELECT * FROM nothing")]);

        Assert.Throws<Microsoft.Data.Sqlite.SqliteException>(() => broken.Run(file));

        Assert.Equal((0, 0), (file.ReadLong("SELECT COUNT(*) FROM sqlite_schema"), file.ReadLong("PRAGMA user_version")));
    }

    [Fact]
    public async Task ANewerFile_IsRefusedWithASentenceAndLeftAlone()
    {
        await directory.Open().DisposeAsync();
        using (Database file = Database.OpenWriter(directory.File("log.db"), durable: true, 1 << 20))
        {
            file.Execute("PRAGMA user_version = 99");
        }

        StoreOpenException error = Assert.Throws<StoreOpenException>(() => directory.Open());

        Assert.StartsWith($"log.db has schema version 99, this program knows versions up to {LogSchema.Migration.Version}:", error.Message, StringComparison.Ordinal);
        using Database same = Database.OpenReader(directory.File("log.db"), 1 << 20);
        Assert.Equal(99, same.ReadLong("PRAGMA user_version"));
    }

    [Fact]
    public async Task ALogOfTheFirstVersion_KeepsItsEpochsAndLearnsWhatItsRoomsTake()
    {
        await using (SqliteRoomStore store = directory.Open())
        {
            await new LogBuilder(store).Messages("lobby", 3).CommitAsync();
            foreach ((string id, string hash, long size) in ((string, string, long)[])[("a1", "h1", 5), ("a2", "h1", 5), ("a3", "h2", 7)])
            {
                await store.Attachments.AddAttachmentAsync(new AttachmentRecord(id, "lobby", hash, "x", size, "text/plain", "ann", 1), long.MaxValue, default);
            }
        }

        using (Database file = Database.OpenWriter(directory.File(LogSchema.FileName), durable: true, 1 << 20))
        {
            file.Execute("""
                DROP INDEX attachments_by_room; DROP INDEX guests_by_end; DROP TABLE attachment_rooms;
                ALTER TABLE rooms DROP COLUMN log_epoch;
                DROP TABLE mqtt_sessions; DROP TABLE mqtt_subscriptions; DROP TABLE mqtt_cursors; DROP TABLE mqtt_in_flight; DROP TABLE mqtt_received;
                PRAGMA user_version = 1
                """);
        }

        await using SqliteRoomStore migrated = directory.Open();
        Assert.Equal(12, (await migrated.Attachments.CountRoomAsync("lobby", null, default)).Bytes);
        Assert.Empty((await migrated.VerifyAsync(default)).Problems);
        await foreach (StoredRoom room in migrated.LoadRoomsAsync(default))
        {
            Assert.Equal("epoch-lobby", room.Room.Epoch);
        }
    }

    [Fact]
    public async Task ALogOfTheSecondVersion_LearnsToKeepSessionsOfMqtt()
    {
        await using (SqliteRoomStore store = directory.Open())
        {
            await new LogBuilder(store).Messages("lobby", 3).CommitAsync();
        }

        using (Database file = Database.OpenWriter(directory.File(LogSchema.FileName), durable: true, 1 << 20))
        {
            file.Execute("""
                DROP TABLE mqtt_sessions; DROP TABLE mqtt_subscriptions; DROP TABLE mqtt_cursors; DROP TABLE mqtt_in_flight; DROP TABLE mqtt_received;
                PRAGMA user_version = 2
                """);
        }

        await using SqliteRoomStore migrated = directory.Open();
        long number = await migrated.MqttSessions.AddSessionAsync(new MqttSessionRecord("ann", "phone", "tag", 60), default);
        Assert.Equal(number, (await migrated.MqttSessions.FindSessionAsync("ann", "phone", default))!.Value.Session.Number);
        Assert.Empty((await migrated.VerifyAsync(default)).Problems);
    }

    [Fact]
    public async Task ANewDirectory_IsItsOwnersAlone()
    {
        string path = directory.File("new");
        await directory.Open(path: path).DisposeAsync();

        Assert.True(OperatingSystem.IsWindows() || (File.GetUnixFileMode(path) & ~(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute)) == 0);
    }

    [Fact]
    public void AFileThatIsNoDatabase_IsRefusedWithASentence()
    {
        File.WriteAllText(directory.File("log.db"), new string('x', 8192));

        Assert.Contains("cannot be opened", Assert.Throws<StoreOpenException>(() => directory.Open()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ADerivedFileThatIsNoDatabase_IsMadeAgain()
    {
        await using (SqliteRoomStore store = directory.Open())
        {
            await new LogBuilder(store).Message("lobby", "needle").CommitAsync();
        }

        File.WriteAllText(directory.File("search.db"), new string('x', 8192));
        await using SqliteRoomStore reopened = directory.Open();
        await reopened.SettleAsync();

        Assert.Single((await reopened.SearchAsync("needle", null, _ => true, 9, default)).Messages);
    }
}
