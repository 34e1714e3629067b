using System.Net.Sockets;

namespace RSocketIm.Tests.TestKit;

/// <summary>One connection through a <see cref="FaultProxy"/>.</summary>
#pragma warning disable CA1001 // The token source has neither timer nor wait handle: there is nothing to dispose, and a cut may come at any time.
internal sealed class FaultConnection
#pragma warning restore CA1001
{
    private readonly Socket client;
    private readonly Socket server;
    private readonly CancellationTokenSource cutting = new();
    private readonly TaskCompletionSource over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int cut = -1;

    public FaultConnection(Socket client, Socket server, TimeProvider time)
    {
        this.client = client;
        this.server = server;
        Up = new FaultDirection(client, server, time, Cut);
        Down = new FaultDirection(server, client, time, Cut);
    }

    /// <summary>From whoever connected to the proxy, towards its target.</summary>
    public FaultDirection Up { get; }

    /// <summary>From the target back.</summary>
    public FaultDirection Down { get; }

    /// <summary>Completes when the connection was cut, or both ends have closed it.</summary>
    public Task Over => over.Task;

    /// <summary>Stops forwarding and reading in both directions and closes nothing: neither end hears that the other is gone, not even when it closes.</summary>
    public void HalfOpen()
    {
        Up.Stall();
        Down.Stall();
    }

    /// <summary>Ends <see cref="HalfOpen"/>; what waited passes.</summary>
    public void Release()
    {
        Up.Release();
        Down.Release();
    }

    /// <summary>Cuts both directions now, wherever in a frame that is.</summary>
    /// <returns>Completes when both ends have been told.</returns>
    public Task CutAsync(CutKind kind = CutKind.Reset)
    {
        Cut(kind);
        return Over.Within();
    }

    public void Start(Action<FaultConnection> whenOver) => _ = RunAsync(whenOver);

    // The first word counts: a cut that meets another, or the end, changes nothing.
    private void Cut(CutKind kind)
    {
        if (Interlocked.CompareExchange(ref cut, (int)kind, -1) == -1)
        {
            cutting.Cancel();
        }
    }

    private async Task RunAsync(Action<FaultConnection> whenOver)
    {
        await Task.WhenAll(Up.PumpAsync(cutting.Token), Down.PumpAsync(cutting.Token));
        if (Volatile.Read(ref cut) == (int)CutKind.Reset)
        {
            client.Close(0); // with a linger time of zero, close sends RST
            server.Close(0);
        }
        else
        {
            FaultDirection.EndWriting(client);
            FaultDirection.EndWriting(server);
        }

        whenOver(this);
        over.SetResult();
        if (Volatile.Read(ref cut) == (int)CutKind.Fin)
        {
            // To close a socket with unread bytes resets it: they are read to the end first.
            await Task.WhenAll(FaultDirection.DiscardAsync(client), FaultDirection.DiscardAsync(server));
        }

        client.Dispose();
        server.Dispose();
    }
}
