using Microsoft.Extensions.Logging;

namespace RSocketIm.Protocol.Streams;

/// <summary>User code that must run because of a change of state, collected under the gate and run after it is left.</summary>
/// <remarks>
/// Never under the gate: a source that is released takes its room's lock, while the room, holding that lock, may be
/// signalling another stream of the same connection.
/// </remarks>
internal struct Aftermath
{
    public PayloadSource? Release;
    public CancellationTokenSource? Cancel;
    public Action? Notify;

    /// <summary>Runs it all. What fails in it is the user's and goes to the log: the loop that runs it serves every stream of its connection.</summary>
    public readonly void Run(ILogger logger)
    {
        try
        {
            Cancel?.Cancel();
        }
#pragma warning disable CA1031 // Callbacks that a handler registered with its token are user code.
        catch (Exception error)
#pragma warning restore CA1031
        {
            StreamsLog.CallbackFailed(logger, "cancellation", error);
        }

        try
        {
            Release?.ReleaseOnce();
        }
#pragma warning disable CA1031 // So is a source.
        catch (Exception error)
#pragma warning restore CA1031
        {
            StreamsLog.CallbackFailed(logger, "release", error);
        }

        Notify?.Invoke();
    }
}
