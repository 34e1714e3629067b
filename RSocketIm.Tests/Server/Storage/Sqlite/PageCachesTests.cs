using RSocketIm.Server.Storage;
using RSocketIm.Server.Storage.Sqlite;

namespace RSocketIm.Tests.Server.Storage.Sqlite;

public sealed class PageCachesTests
{
    [Theory]
    [InlineData(1 << 20, 64)]
    [InlineData(3_333_333, 7)]
    [InlineData(128 << 20, 4)]
    public void Shares_OfAnySum_AreNeverMoreThanIt(long sum, int readers)
    {
        PageCaches caches = new(new StoreOptions { PageCacheBytes = sum, ReadConnections = readers });
        long all = caches.LogWriter + (readers * caches.LogReader) + caches.IdsWriter + caches.IdsReader + caches.SearchWriter
            + (SearchIndex.Connections * caches.SearchReader);
        Assert.InRange(all, sum - readers - 16, sum);
    }

    [Fact]
    public void Database_WithMoreThanItsCacheHolds_KeepsNoMorePages()
    {
        const int CacheBytes = 256 << 10;
        string directory = Directory.CreateTempSubdirectory("rsocketim-cache-").FullName;
        using (Database database = Database.OpenWriter(Path.Combine(directory, "a.db"), durable: false, CacheBytes))
        {
            database.Execute("CREATE TABLE t (a INTEGER PRIMARY KEY, b BLOB)");
            database.Execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) INSERT INTO t SELECT i, randomblob(2000) FROM n");
            Assert.Equal(2000, database.ReadLong("SELECT count(*) FROM t WHERE length(b) = 2000"));
            Assert.InRange(database.PageCacheUsed, CacheBytes / 2, CacheBytes * 3 / 2); // beside a page is what SQLite knows of it
        }

        Directory.Delete(directory, recursive: true);
    }
}
