using System.Diagnostics;
using RSocketIm.LoadTest.Engine;

namespace RSocketIm.LoadTest.Peers;

/// <summary>A server on rsocket-js in Node; its packages are installed at the first use.</summary>
internal sealed class RSocketJsPeer : Peer
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly ChildProcess process;
    private readonly Uri address;

    private RSocketJsPeer(ChildProcess process, Uri address)
    {
        this.process = process;
        this.address = address;
    }

    public override string Name => "rsocket-js";

    public override int ProcessId => process.Id;

    /// <summary>Starts it.</summary>
    /// <exception cref="PeerMissingException">Node or its packages are not there and cannot be installed.</exception>
    public static async Task<Peer> StartAsync()
    {
        string directory = Path.Combine(AppContext.BaseDirectory, "Peers", "node");
        if (!Directory.Exists(Path.Combine(directory, "node_modules")))
        {
            await InstallAsync(directory).ConfigureAwait(false);
        }

        ChildProcess process = ChildProcess.Start("node", new Dictionary<string, string> { ["NODE_ENV"] = "production" }, Path.Combine(directory, "server.mjs"));
        try
        {
            return new RSocketJsPeer(process, new Uri(await process.ReadLineAsync("peer ready: ").ConfigureAwait(false)));
        }
        catch
        {
            await process.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public override PeerConnection Connect(ClientLoop loop, int index, ITextReceiver receiver) => new RSocketJsConnection(loop, address, receiver) { Index = index };

    public override ValueTask DisposeAsync() => process.DisposeAsync();

    private static async Task InstallAsync(string directory)
    {
        try
        {
            using Process npm = Process.Start(new ProcessStartInfo("npm", ["ci", "--no-fund", "--no-audit", "--loglevel=error"]) { WorkingDirectory = directory, RedirectStandardOutput = true })!;
            await npm.WaitForExitAsync().WaitAsync(Patience).ConfigureAwait(false);
            if (npm.ExitCode != 0)
            {
                throw new PeerMissingException($"npm ci in {directory} ended with {npm.ExitCode}");
            }
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            throw new PeerMissingException($"npm cannot be started: {missing.Message}");
        }
    }
}
