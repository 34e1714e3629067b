using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using RSocketIm.LoadTest.Engine;

namespace RSocketIm.LoadTest.Servers;

/// <summary>The server as a process of its own, on free ports of the loopback address.</summary>
internal sealed partial class ServerUnderLoad : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Process process;
    private readonly ConcurrentQueue<string> errors = new();

    private ServerUnderLoad(Process process)
    {
        this.process = process;
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is { } text)
            {
                errors.Enqueue(text);
            }
        };
        process.BeginErrorReadLine();
    }

    /// <summary><c>ws:</c> address of RSocket.</summary>
    public string WebSocket { get; private set; } = "";

    /// <summary><c>tcp:</c> address of RSocket.</summary>
    public string Tcp { get; private set; } = "";

    /// <summary>Where HTTP is.</summary>
    public Uri Http { get; private set; } = new("http://127.0.0.1/");

    /// <summary>The process's id.</summary>
    public int ProcessId => process.Id;

    /// <summary>What it said last, when it has ended by itself; null while it runs.</summary>
    public string? LastWords => process.HasExited ? $"the server ended with {process.ExitCode}: {string.Join('\n', errors)}" : null;

    /// <summary>Memory of the process that is not swapped out, in bytes.</summary>
    public long ResidentBytes
    {
        get
        {
            process.Refresh();
            return process.WorkingSet64;
        }
    }

    /// <summary>Starts a server and waits until it is ready.</summary>
    /// <param name="dataDirectory">Its data directory.</param>
    /// <param name="options">Further options.</param>
    /// <exception cref="InvalidOperationException">It did not start.</exception>
    public static Task<ServerUnderLoad> StartAsync(string dataDirectory, params string[] options) =>
        StartAsync(dataDirectory, new Dictionary<string, string>(), options);

    /// <summary>Starts a server in an environment of its own and waits until it is ready.</summary>
    /// <param name="dataDirectory">Its data directory.</param>
    /// <param name="environment">Variables that it gets beside those of this process.</param>
    /// <param name="options">Further options.</param>
    /// <exception cref="InvalidOperationException">It did not start.</exception>
    public static async Task<ServerUnderLoad> StartAsync(string dataDirectory, IReadOnlyDictionary<string, string> environment, params string[] options)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "RSocketIm.Server.dll");
        string[] arguments =
        [
            program, "--urls", "http://127.0.0.1:0", "--RSocketIm:Tcp:Port=auto", "--RSocketIm:Mqtt:Port=0", $"--RSocketIm:Data:Directory={dataDirectory}", "--Logging:LogLevel:Default=Warning", .. options,
        ];
        ProcessStartInfo start = new("dotnet", arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = dataDirectory,
        };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        ServerUnderLoad server = new(Process.Start(start)!);
        string line = await server.process.StandardOutput.ReadLineAsync().WaitAsync(Patience).ConfigureAwait(false) ?? "";
        Match match = ReadyPattern().Match(line);
        if (!match.Success)
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw new InvalidOperationException($"The server did not start: {line} {string.Join('\n', server.errors)}");
        }

        server.Http = new Uri(match.Groups["http"].Value);
        server.WebSocket = match.Groups["ws"].Value;
        server.Tcp = $"tcp://{match.Groups["tcp"].Value}";
        return server;
    }

    /// <summary>What the system counts of the process: open files, sockets and pipes, and threads.</summary>
    public (int Handles, int Threads) CountHandlesAndThreads()
    {
        process.Refresh();
        string descriptors = $"/proc/{process.Id}/fd";
        return (Directory.Exists(descriptors) ? Directory.GetFileSystemEntries(descriptors).Length : process.HandleCount, process.Threads.Count);
    }

    /// <summary>Waits until the process takes less than a twentieth of a processor: what it does by itself after its start, such as filling its search index, is done.</summary>
    /// <exception cref="TimeoutException">It does not come to rest.</exception>
    public async Task WaitForRestAsync(CancellationToken stopping)
    {
        TimeSpan look = TimeSpan.FromMilliseconds(500);
        long start = Stopwatch.GetTimestamp();
        TimeSpan before;
        do
        {
            if (Stopwatch.GetElapsedTime(start) > Patience)
            {
                throw new TimeoutException($"The server was still busy after {Patience}.");
            }

            before = ProcessUsage.CpuTime(ProcessId);
            await Task.Delay(look, stopping).ConfigureAwait(false);
        }
        while (ProcessUsage.CpuTime(ProcessId) - before > look / 20);
    }

    /// <summary><c>kill -9</c>: the process has no say in it.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync().WaitAsync(Patience).ConfigureAwait(false);
    }

    /// <summary>Sums of <c>/metrics</c> by name, over all labels.</summary>
    public async Task<IReadOnlyDictionary<string, double>> ReadMetricsAsync()
    {
        using HttpClient http = new();
        string text = await http.GetStringAsync(new Uri(Http, "/metrics")).ConfigureAwait(false);
        Dictionary<string, double> sums = new(StringComparer.Ordinal);
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            int end = line.LastIndexOf(' ');
            if (line[0] != '#' && double.TryParse(line.AsSpan(end + 1), CultureInfo.InvariantCulture, out double value))
            {
                string name = line[..end].Split('{')[0];
                sums[name] = sums.GetValueOrDefault(name) + value;
            }
        }

        return sums;
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            await KillAsync().ConfigureAwait(false);
        }

        process.Dispose();
    }

    [GeneratedRegex(@"^RSocketIm is ready: (?<http>\S+)  \(RSocket (?<ws>\S+), tcp (?<tcp>[^),]+)(, mqtt (?<mqtt>[^)]+))?\)$")]
    private static partial Regex ReadyPattern();
}
