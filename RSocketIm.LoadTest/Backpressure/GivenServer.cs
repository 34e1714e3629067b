namespace RSocketIm.LoadTest.Backpressure;

/// <summary>A server that runs somewhere, of which nothing is known but its address.</summary>
internal sealed class GivenServer(string address) : IBackpressureTarget
{
    public string Address => address;

    public Task<(double Resident, double Heap)?> ReadMemoryAsync() => Task.FromResult<(double, double)?>(null);

    public Task<long?> CollectAsync() => Task.FromResult<long?>(null);
}
