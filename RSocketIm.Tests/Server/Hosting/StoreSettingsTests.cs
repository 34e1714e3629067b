using RSocketIm.Server.Configuration;
using RSocketIm.Server.Storage;

namespace RSocketIm.Tests.Server.Hosting;

/// <summary>The keys below RSocketIm:Store.</summary>
public sealed class StoreSettingsTests
{
    [Fact]
    public void Store_WithoutKeys_KeepsEverythingAndRemembersAWeek()
    {
        StoreOptions store = Read([]).Store;
        Assert.Equal(RetentionPolicy.KeepAll, store.Retention);
        Assert.Equal((100_000, TimeSpan.FromDays(7), 4), (store.SendWindowCount, store.SendWindowAge, store.ReadConnections));
    }

    [Fact]
    public void Store_WithKeys_TakesThem()
    {
        StoreOptions store = Read(new()
        {
            ["Data:Directory"] = "/srv/chat",
            ["Store:KeepEntries"] = "1000",
            ["Store:KeepAge"] = "30.00:00:00",
            ["Store:SendWindowCount"] = "5",
            ["Store:SendWindowAge"] = "3600",
            ["Store:ReadConnections"] = "64",
            ["Store:PageCacheBytes"] = "2097152",
        }).Store;
        Assert.Equal("/srv/chat", store.Directory);
        Assert.Equal(new RetentionPolicy(1000, TimeSpan.FromDays(30)), store.Retention);
        Assert.Equal((5, TimeSpan.FromHours(1), 64, 2L << 20), (store.SendWindowCount, store.SendWindowAge, store.ReadConnections, store.PageCacheBytes));
    }

    [Theory]
    [InlineData("Store:KeepEntries", "0")]
    [InlineData("Store:KeepAge", "0")]
    [InlineData("Store:SendWindowCount", "0")]
    [InlineData("Store:SendWindowAge", "a week")]
    [InlineData("Store:ReadConnections", "65")]
    [InlineData("Store:PageCacheBytes", "1048575")]
    [InlineData("Store:SendFilterBytes", "1023")]
    [InlineData("Store:HousekeepingInterval", "0.5")]
    public void Store_OutOfRange_IsRefusedByName(string key, string value)
    {
        StartupException error = Assert.Throws<StartupException>(() => Read(new() { [key] = value }));
        Assert.Contains($"RSocketIm:{key} is '{value}'", error.Message, StringComparison.Ordinal);
    }

    private static ServerSettings Read(Dictionary<string, string?> keys) => ServerSettings.Read(
        new ConfigurationBuilder().AddInMemoryCollection(keys.ToDictionary(static key => "RSocketIm:" + key.Key, static key => key.Value)).Build());
}
