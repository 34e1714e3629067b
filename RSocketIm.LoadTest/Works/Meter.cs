using RSocketIm.LoadTest.Engine;

namespace RSocketIm.LoadTest.Works;

/// <summary>Processor time of the server and of this process between two moments.</summary>
/// <param name="processId">The server's; 0 when it is not known.</param>
internal sealed class Meter(int processId)
{
    private readonly TimeSpan serverBefore = processId == 0 ? default : ProcessUsage.CpuTime(processId);
    private readonly TimeSpan clientBefore = ProcessUsage.CpuTime(Environment.ProcessId);

    /// <summary>What the server took; null when its process is not known.</summary>
    public TimeSpan? Server { get; private set; }

    /// <summary>What this process took.</summary>
    public TimeSpan Client { get; private set; }

    /// <summary>The second moment.</summary>
    public void Stop()
    {
        Server = processId == 0 ? null : ProcessUsage.CpuTime(processId) - serverBefore;
        Client = ProcessUsage.CpuTime(Environment.ProcessId) - clientBefore;
    }
}
