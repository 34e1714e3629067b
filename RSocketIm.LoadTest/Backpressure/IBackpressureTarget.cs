namespace RSocketIm.LoadTest.Backpressure;

/// <summary>The server of a run, as far as it can be looked into.</summary>
internal interface IBackpressureTarget
{
    /// <summary><c>ws:</c> or <c>tcp:</c> address of RSocket.</summary>
    string Address { get; }

    /// <summary>Memory now: resident, and managed after the last collection; null where it cannot be had.</summary>
    Task<(double Resident, double Heap)?> ReadMemoryAsync();

    /// <summary>Managed memory after a full collection; null where it cannot be had.</summary>
    Task<long?> CollectAsync();
}
