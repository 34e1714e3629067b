using System.Globalization;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Payloads.Metadata;
using RSocketIm.Server.Contracts;
using Xunit.Abstractions;

namespace RSocketIm.Tests.TestKit;

/// <summary>A server process that is about to be abused, a well-behaved client of it whose progress is counted, and its memory as the system sees it.</summary>
/// <remarks>
/// The server runs with the collector of a small machine and a small nursery: what is measured is then what it holds, and
/// not what a collector with gigabytes to spare has not got round to.
/// </remarks>
internal sealed class AbusedServer : IAsyncDisposable
{
    private const string Room = "well";
    private const double Megabyte = 1 << 20;

    // Round trips from one look at the memory to the next, so that collections and the kernel have had their turn.
    private const int Settling = 200;

    private static readonly Dictionary<string, string> SmallMachine = new() { ["DOTNET_gcServer"] = "0", ["DOTNET_GCgen0size"] = "0x800000" };

    private readonly ServerProcess process;
    private readonly ITestOutputHelper output;
    private readonly ChatClient well;
    private readonly Reading feed;
    private readonly CancellationTokenSource stopping = new();
    private readonly Task working;
    private long progress;
    private (long Goal, TaskCompletionSource Reached)? awaited;

    private AbusedServer(ServerProcess process, ITestOutputHelper output, ChatClient well, Reading feed)
    {
        this.process = process;
        this.output = output;
        this.well = well;
        this.feed = feed;
        working = Task.Run(WorkAsync);
    }

    public string Tcp => process.Tcp;

    /// <summary>Host and port of MQTT over TCP.</summary>
    public string Mqtt => process.Mqtt;

    public Uri Http => process.Http;

    /// <summary>Starts a server, and beside it a client that echoes, sends to a room and reads the room's feed, over and over.</summary>
    public static async Task<AbusedServer> StartAsync(ITestOutputHelper output, params string[] options)
    {
        ServerProcess process = await ServerProcess.StartAsync(SmallMachine, ["--Logging:LogLevel:Default=Error", .. options]);
        ChatClient well = await ChatClient.GuestAsync(process.Tcp, "well");
        await well.CreateAsync(Room);
        return new AbusedServer(process, output, well, well.Feed(Room, int.MaxValue));
    }

    /// <summary>Has the server abused and judges its memory before, during (the peak) and after; writes the three to the test's output.</summary>
    /// <param name="what">What is done to it.</param>
    /// <param name="bound">By how many megabytes the peak may lie above the memory before.</param>
    /// <param name="abuse">Does it, and takes it away again.</param>
    public async Task EndureAsync(string what, int bound, Func<Task> abuse)
    {
        await ProgressAsync(Settling);
        double before = Read("VmRSS");
        await File.WriteAllTextAsync($"/proc/{process.ProcessId}/clear_refs", "5"); // the peak counts from here
        await abuse();
        double peak = Read("VmHWM");
        await ProgressAsync(Settling);
        double after = Read("VmRSS");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {what} | {before:0} | {peak:0} | {after:0} | {bound} |"));
        Assert.True(peak < before + bound, $"{what}: memory went from {before:0} to {peak:0} MB, more than {bound} MB up.");
        Assert.True(after < before + bound, $"{what}: memory went from {before:0} to {after:0} MB and stayed there.");
    }

    /// <summary>Completes when the well-behaved client has made so many more round trips, each an echo, a send and its entry in the feed.</summary>
    public async Task ProgressAsync(int more)
    {
        TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (stopping)
        {
            awaited = (progress + more, reached);
        }

        await await Task.WhenAny(reached.Task, working);
        Assert.True(reached.Task.IsCompleted, "The well-behaved client came to an end.");
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        try
        {
            await working;
        }
        finally
        {
            await well.DisposeAsync();
            await process.DisposeAsync();
            stopping.Dispose();
        }
    }

    private async Task WorkAsync()
    {
        await feed.NextEventAsync(); // its own joining
        for (long i = 1; !stopping.IsCancellationRequested; i++)
        {
            Payload echo = await well.Connection.RequestResponseAsync(new Payload(Build.Text($"echo {i}"), RequestMetadata.ForRoute("system.echo")))
                .AsTask().WaitAsync(ChatClient.Patience);
            Assert.Equal($"echo {i}", echo.DataText);
            await well.SendAsync(Room, $"m{i}", "text");
            RoomEvent entry = await feed.NextEventAsync();
            Assert.Equal((i + 1, $"m{i}"), (entry.Seq, entry.Id));
            lock (stopping)
            {
                progress = i;
                if (awaited is { } goal && progress >= goal.Goal)
                {
                    goal.Reached.TrySetResult();
                }
            }
        }
    }

    // In megabytes; the file says kilobytes.
    private double Read(string figure)
    {
        string line = File.ReadLines($"/proc/{process.ProcessId}/status").First(one => one.StartsWith(figure + ":", StringComparison.Ordinal));
        return long.Parse(line[(figure.Length + 1)..^2].Trim(), CultureInfo.InvariantCulture) * 1_024 / Megabyte;
    }
}
