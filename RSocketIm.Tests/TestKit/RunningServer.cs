namespace RSocketIm.Tests.TestKit;

/// <summary>A server process that the tests of a class share.</summary>
public sealed class RunningServer : IAsyncLifetime
{
    private int names;

    internal ServerProcess Process { get; private set; } = null!;

    public async Task InitializeAsync() => Process = await ServerProcess.StartAsync();

    public async Task DisposeAsync() => await Process.DisposeAsync();

    /// <summary>The address of one of the two transports.</summary>
    public string Address(bool overTcp) => overTcp ? Process.Tcp : Process.WebSocket;

    /// <summary>A number that no other test uses, for names.</summary>
    internal int Number() => Interlocked.Increment(ref names);
}
