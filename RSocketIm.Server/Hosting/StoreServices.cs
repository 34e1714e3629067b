using RSocketIm.Server.Configuration;
using RSocketIm.Server.Storage;
using RSocketIm.Server.Storage.Sqlite;

namespace RSocketIm.Server.Hosting;

/// <summary>The store under the names by which the rest of the server knows it.</summary>
internal static class StoreServices
{
    public static IServiceCollection AddStore(this IServiceCollection services) => services
        .AddSingleton<StoreMetrics>()
        .AddSingleton(static provider => SqliteRoomStore.Open(
            provider.GetRequiredService<ServerSettings>().Store,
            provider.GetRequiredService<StoreMetrics>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<SqliteRoomStore>>()))
        .AddSingleton<IRoomStore>(Store)
        .AddSingleton<IRoomUpkeep>(Store)
        .AddSingleton<IMessageSearch>(Store)
        .AddSingleton<IStoreAdministration>(Store)
        .AddSingleton(static provider => Store(provider).Accounts)
        .AddSingleton(static provider => Store(provider).Receipts)
        .AddSingleton(static provider => Store(provider).Attachments)
        .AddSingleton(static provider => Store(provider).MqttSessions);

    /// <summary>Opens the store, before anything else that it could be disposed before: the container disposes last what it made first.</summary>
    /// <exception cref="StartupException">The data directory cannot be used.</exception>
    public static void OpenStore(this IServiceProvider services)
    {
        try
        {
            _ = Store(services);
        }
        catch (StoreOpenException error)
        {
            throw new StartupException(error.Message, error);
        }
    }

    private static SqliteRoomStore Store(IServiceProvider services) => services.GetRequiredService<SqliteRoomStore>();
}
