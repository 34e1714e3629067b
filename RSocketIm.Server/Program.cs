using System.Net.Sockets;
using System.Runtime.InteropServices;
using RSocketIm.Server.Configuration;
using RSocketIm.Server.Hosting;

// The layout of the server: Hosting/ServerApp puts it together, Routing/ takes requests to their handlers, Rooms/ commits what
// changes, Feeds/ brings it to readers. See docs/architecture.md.
if (StoreCommands.Has(args))
{
    return StoreCommands.Run(args);
}

// A limit on the size of files (ulimit -f) is a full disk, which the store survives; unless told otherwise the system would end the process.
using PosixSignalRegistration? fileSizeLimit = OperatingSystem.IsWindows() ? null : PosixSignalRegistration.Create((PosixSignal)25, static signal => signal.Cancel = true);

// What a socket brings is read, dispatched and answered on the thread that waits for sockets: nothing on that way blocks (docs/decisions/0019).
// Read by the runtime once, at the first socket; whoever runs the server may say otherwise.
const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";
if (Environment.GetEnvironmentVariable(InlineCompletions) is null)
{
    Environment.SetEnvironmentVariable(InlineCompletions, "1");
}

WebApplication app;
try
{
    app = ServerApp.Create(args);
}
catch (StartupException error)
{
    return Refuse(error);
}

await using (app)
{
    try
    {
        await app.StartAsync();
    }
    catch (Exception error) when (error is StartupException or IOException or SocketException or FormatException or InvalidOperationException or UnauthorizedAccessException)
    {
        // What an operator can mend: a port that is in use, an address that is none, a directory that is not ours.
        return Refuse(error);
    }

    await app.WaitForShutdownAsync();
    return 0;
}

static int Refuse(Exception error)
{
    Console.Error.WriteLine($"RSocketIm cannot start: {error.Message}");
    return 1;
}
