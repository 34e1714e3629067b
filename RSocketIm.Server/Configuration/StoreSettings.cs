using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Configuration;

/// <summary>The keys below <c>RSocketIm:Store:</c>.</summary>
internal static class StoreSettings
{
    private static readonly TimeSpan LongestAge = TimeSpan.FromDays(36_500);

    /// <summary>Reads them; what they mean and their defaults are with <see cref="StoreOptions"/>.</summary>
    /// <param name="settings">The configuration.</param>
    /// <param name="directory">The data directory.</param>
    /// <exception cref="StartupException">A key is wrong.</exception>
    public static StoreOptions Read(SettingsReader settings, string directory)
    {
        StoreOptions usual = new();
        return new StoreOptions
        {
            Directory = directory,
            SendWindowCount = settings.Number("Store:SendWindowCount", usual.SendWindowCount, 1, 1L << 40),
            SendWindowAge = settings.Duration("Store:SendWindowAge", usual.SendWindowAge, TimeSpan.Zero, LongestAge),
            SendsInMemory = (int)settings.Number("Store:SendsInMemory", usual.SendsInMemory, 1, 1 << 28),
            SendFilterBytes = settings.Number("Store:SendFilterBytes", usual.SendFilterBytes, 1 << 10, 1L << 40),
            PageCacheBytes = settings.Number("Store:PageCacheBytes", usual.PageCacheBytes, 1 << 20, 1L << 40),
            ReadConnections = (int)settings.Number("Store:ReadConnections", usual.ReadConnections, 1, 64),
            HousekeepingInterval = settings.Duration("Store:HousekeepingInterval", usual.HousekeepingInterval, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1)),
            Retention = ReadRetention(settings),
        };
    }

    // Absent is "keep all"; there is no number that says so, for 0 might be taken for either.
    private static RetentionPolicy ReadRetention(SettingsReader settings) => new(
        settings.Text("Store:KeepEntries") is null ? null : settings.Number("Store:KeepEntries", 1, 1, 1L << 40),
        settings.Text("Store:KeepAge") is null ? null : settings.Duration("Store:KeepAge", LongestAge, TimeSpan.FromSeconds(1), LongestAge));
}
