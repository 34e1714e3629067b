using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace RSocketIm.Tests.TestKit;

/// <summary>The server as its operator runs it: a process of its own, on free ports, with a data directory of its own.</summary>
internal sealed partial class ServerProcess : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Process process;
    private readonly ConcurrentQueue<string> errors = new();
    private readonly TaskCompletionSource errorsEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string dataDirectory;

    private ServerProcess(Process process, string dataDirectory)
    {
        this.process = process;
        this.dataDirectory = dataDirectory;
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is null)
            {
                errorsEnded.TrySetResult();
            }
            else
            {
                errors.Enqueue(line.Data);
            }
        };
    }

    /// <summary>The first line on standard output.</summary>
    public string ReadyLine { get; private set; } = "";

    public Uri Http { get; private set; } = new("http://127.0.0.1/");

    public string WebSocket => $"ws://{Http.Authority}/rsocket";

    public string Tcp { get; private set; } = "";

    /// <summary>Host and port of MQTT over TCP.</summary>
    public string Mqtt { get; private set; } = "";

    /// <summary>What was written to standard error so far.</summary>
    public string Errors => string.Join('\n', errors);

    public int ProcessId => process.Id;

    /// <summary>Starts a server and waits for its ready line.</summary>
    public static Task<ServerProcess> StartAsync(params string[] options) => StartAsync(new Dictionary<string, string>(), options);

    /// <summary>Starts a server with environment variables of its own and waits for its ready line.</summary>
    public static async Task<ServerProcess> StartAsync(IReadOnlyDictionary<string, string> environment, params string[] options)
    {
        ServerProcess server = Launch(options, environment);
        server.ReadyLine = await server.process.StandardOutput.ReadLineAsync().WaitAsync(Patience) ?? "";
        Match match = ReadyPattern().Match(server.ReadyLine);
        Assert.True(match.Success, $"The first line was '{server.ReadyLine}'; standard error: {server.Errors}");
        server.Http = new Uri(match.Groups["http"].Value);
        server.Tcp = $"tcp://{match.Groups["tcp"].Value}";
        server.Mqtt = match.Groups["mqtt"].Value;
        return server;
    }

    /// <summary>Runs a server that is expected to refuse to start.</summary>
    /// <returns>Its exit code and what it wrote to standard error.</returns>
    public static async Task<(int ExitCode, string Errors)> RunAsync(params string[] options)
    {
        await using ServerProcess server = Launch(options, new Dictionary<string, string>());
        return (await server.WaitForExitAsync(), server.Errors);
    }

    /// <summary>Asks it to stop, as a service manager does.</summary>
    public void Terminate() => Signal("TERM");

    /// <summary>Stops it where it stands, as a debugger or a busy host does.</summary>
    public void Pause() => Signal("STOP");

    /// <summary>Lets it go on after <see cref="Pause"/>.</summary>
    public void Continue() => Signal("CONT");

    public async Task<int> WaitForExitAsync()
    {
        await process.WaitForExitAsync().WaitAsync(Patience);
        await errorsEnded.Task.WaitAsync(Patience);
        return process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill();
            await process.WaitForExitAsync().WaitAsync(Patience);
        }

        process.Dispose();
        Directory.Delete(dataDirectory, recursive: true);
    }

    private void Signal(string name)
    {
        using Process kill = Process.Start("kill", [$"-{name}", process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    private static ServerProcess Launch(string[] options, IReadOnlyDictionary<string, string> environment)
    {
        string data = Directory.CreateTempSubdirectory("rsocketim-test-").FullName;
        string program = Path.Combine(AppContext.BaseDirectory, "RSocketIm.Server.dll");
        string[] arguments = [program, "--urls", "http://127.0.0.1:0", "--RSocketIm:Tcp:Port=auto", "--RSocketIm:Mqtt:Port=auto", $"--RSocketIm:Data:Directory={data}", .. options];
        ProcessStartInfo start = new("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = data };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        ServerProcess server = new(Process.Start(start)!, data);
        server.process.BeginErrorReadLine();
        return server;
    }

    [GeneratedRegex(@"^RSocketIm is ready: (?<http>http://127\.0\.0\.1:\d+/)  \(RSocket ws://127\.0\.0\.1:\d+/rsocket(, tcp (?<tcp>127\.0\.0\.1:\d+))?(, mqtt (?<mqtt>127\.0\.0\.1:\d+))?\)$")]
    private static partial Regex ReadyPattern();
}
