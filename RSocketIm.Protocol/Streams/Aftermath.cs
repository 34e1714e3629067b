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

    public readonly bool IsEmpty => Release is null && Cancel is null && Notify is null;

    public readonly void Run()
    {
        Cancel?.Cancel();
        Release?.ReleaseOnce();
        Notify?.Invoke();
    }
}
