using System.Collections.Concurrent;
using System.Diagnostics;

namespace RSocketIm.LoadTest.Peers;

/// <summary>A process that does not outlive this one, however this one ends short of <c>kill -9</c>.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly ConcurrentDictionary<Process, bool> Alive = new();

    private readonly Process process;
    private readonly ConcurrentQueue<string> errors = new();

    static ChildProcess() => AppDomain.CurrentDomain.ProcessExit += static (_, _) =>
    {
        foreach (Process process in Alive.Keys)
        {
            process.Kill(entireProcessTree: true);
        }
    };

    private ChildProcess(Process process)
    {
        this.process = process;
        Alive.TryAdd(process, true);
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is { } text)
            {
                errors.Enqueue(text);
            }
        };
        process.BeginErrorReadLine();
    }

    /// <summary>The process's id.</summary>
    public int Id => process.Id;

    /// <summary>It has ended by itself.</summary>
    public bool HasExited => process.HasExited;

    /// <summary>What it wrote to its error stream.</summary>
    public string Errors => string.Join(' ', errors);

    /// <summary>Starts a program.</summary>
    /// <exception cref="PeerMissingException">There is no such program.</exception>
    public static ChildProcess Start(string program, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        try
        {
            return new ChildProcess(Process.Start(start)!);
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            throw new PeerMissingException($"{program} cannot be started: {missing.Message}");
        }
    }

    /// <summary>Waits for a line that the process says when it is ready.</summary>
    /// <param name="before">How it begins.</param>
    /// <returns>What follows.</returns>
    /// <exception cref="PeerMissingException">It ended, or never said it.</exception>
    public async Task<string> ReadLineAsync(string before)
    {
        using CancellationTokenSource patience = new(Patience);
        try
        {
            while (await process.StandardOutput.ReadLineAsync(patience.Token).ConfigureAwait(false) is { } line)
            {
                if (line.StartsWith(before, StringComparison.Ordinal))
                {
                    return line[before.Length..];
                }
            }
        }
        catch (OperationCanceledException)
        {
            throw new PeerMissingException($"{process.StartInfo.FileName} did not say '{before}' in {Patience.TotalSeconds} s: {Errors}");
        }

        throw new PeerMissingException($"{process.StartInfo.FileName} ended before it was ready: {Errors}");
    }

    public async ValueTask DisposeAsync()
    {
        Alive.TryRemove(process, out _);
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync().ConfigureAwait(false);
        }

        process.Dispose();
    }
}
