using RSocketIm.LoadTest.Peers;
using RSocketIm.LoadTest.Works;

namespace RSocketIm.LoadTest.Comparing;

/// <summary>A work with a name and the peers that it makes sense for.</summary>
/// <param name="Name">In tables, options and files.</param>
/// <param name="Text">What it is.</param>
/// <param name="Kind">What a peer must be able to do.</param>
/// <param name="Run">Does it.</param>
internal sealed record CompareWork(string Name, string Text, PeerWork Kind, Func<Peer, WorkTime, CancellationToken, Task<Measurement>> Run)
{
    public const string Fanout = "fanout";
    public const string Echo = "echo";
    public const string Single = "single";
    public const string Latency = "latency";
    public const string Idle = "idle";

    private const int TextBytes = 64;
    private const int EchoBytes = 32;

    /// <summary>All of them but the idle connections, which are measured once.</summary>
    public static IReadOnlyList<CompareWork> All(CompareSettings settings)
    {
        double messagesPerSecond = (double)settings.DeliveriesPerSecond / settings.Subscribers;
        return
        [
            new(
                Fanout,
                $"1 publisher, {settings.Subscribers:N0} subscribers of one room, texts of {TextBytes} bytes, {settings.InFlight} on the way",
                PeerWork.Fanout,
                (peer, time, stopping) => new FanoutWork(settings.Subscribers, TextBytes, settings.InFlight, perSecond: 0).RunAsync(peer, time, stopping)),
            new(
                Echo,
                $"request and answer, 16 connections, 32 in flight on each, {EchoBytes} bytes",
                PeerWork.Echo,
                (peer, time, stopping) => new EchoWork(16, 32, EchoBytes).RunAsync(peer, time, stopping)),
            new(
                Single,
                $"one request at a time on one connection, {EchoBytes} bytes",
                PeerWork.Echo,
                (peer, time, stopping) => new EchoWork(1, 1, EchoBytes).RunAsync(peer, time, stopping)),
            new(
                Latency,
                $"{settings.DeliveriesPerSecond:N0} deliveries a second to {settings.Subscribers:N0} subscribers, texts of {TextBytes} bytes",
                PeerWork.Fanout,
                (peer, time, stopping) => new FanoutWork(settings.Subscribers, TextBytes, inFlight: 0, messagesPerSecond).RunAsync(peer, time, stopping)),
        ];
    }
}
