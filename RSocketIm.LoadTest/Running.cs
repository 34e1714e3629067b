using RSocketIm.LoadTest.Servers;
using RSocketIm.Protocol;

namespace RSocketIm.LoadTest;

/// <summary>What every command that puts on a load does around it.</summary>
internal static class Running
{
    private const int Failed = 1;
    private const int Interrupted = 130; // as a shell says of who was stopped by ctrl-C

    /// <summary>Shows what begins, for people.</summary>
    public static Action<string> Progress(bool json) => json ? static _ => { } : static what => Console.WriteLine($"- {what}");

    /// <summary>Runs; says in one sentence why it could not, or that it was stopped.</summary>
    public static async Task<int> GuardAsync(Func<Task<int>> run, CancellationToken stopping)
    {
        try
        {
            return await run().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync("Stopped.").ConfigureAwait(false);
            return Interrupted;
        }
        catch (Exception error) when (error is InvalidOperationException or TimeoutException or IOException or System.Net.Sockets.SocketException or RSocketException)
        {
            await Console.Error.WriteLineAsync($"The load could not be put on: {error.Message}").ConfigureAwait(false);
            return Failed;
        }
    }

    /// <summary>Runs with a server of its own, in a directory of its own, of which nothing is left afterwards.</summary>
    public static async Task<T> WithServerAsync<T>(string name, string[] options, Func<ServerUnderLoad, Task<T>> run)
    {
        string directory = Directory.CreateTempSubdirectory($"rsocketim-{name}-").FullName;
        try
        {
            await using ServerUnderLoad server = await ServerUnderLoad.StartAsync(directory, options).ConfigureAwait(false);
            return await run(server).ConfigureAwait(false);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
