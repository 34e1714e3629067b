using System.Net.Sockets;

namespace RSocketIm.LoadTest.Engine;

/// <summary>Waits for the first of many sockets to become ready.</summary>
/// <remarks>Not thread-safe. Level-triggered: who leaves bytes unread is told of them again.</remarks>
internal abstract class Poller : IDisposable
{
    /// <summary>The cheapest one that this system has.</summary>
    public static Poller Create() => OperatingSystem.IsLinux() ? new EpollPoller() : new SelectPoller();

    /// <summary>Tells of bytes from now on.</summary>
    public abstract void Add(Socket socket, int token);

    /// <summary>What to tell of from now on; errors always are.</summary>
    public abstract void Change(Socket socket, int token, bool read, bool write);

    public abstract void Remove(Socket socket, int token);

    /// <summary>Waits.</summary>
    /// <param name="limit">At most this long; zero only looks.</param>
    /// <param name="ready">Filled from the start.</param>
    /// <returns>How many are ready; 0 when the time is over.</returns>
    public abstract int Wait(TimeSpan limit, Span<Readiness> ready);

    public abstract void Dispose();
}
