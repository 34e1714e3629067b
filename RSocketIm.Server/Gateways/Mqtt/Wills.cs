using System.Buffers;
using System.Collections.Concurrent;
using RSocketIm.Protocol;
using RSocketIm.Server.Gateways.Mqtt.Packets;
using RSocketIm.Server.Gateways.Mqtt.Sessions;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Gateways.Mqtt;

/// <summary>Publishes wills: at once, or when their delay is over and the client has not come back (MQTT 5.0, 3.1.2.5 and 3.1.3.2.2).</summary>
internal sealed class Wills(PublishDesk desk, IMqttSessionStore store, TimeProvider time, ILogger<Wills> log) : IDisposable
{
    private readonly ConcurrentDictionary<(string User, string Client), Waiting> waiting = new();

    /// <summary>A connection has ended without a DISCONNECT that takes the will back.</summary>
    /// <param name="session">Whose connection.</param>
    /// <param name="number">The store's name for the session; null: it is not stored.</param>
    /// <param name="will">The will.</param>
    /// <param name="delay">How long it waits: its delay, or the session's end when that comes first.</param>
    public async ValueTask LeaveAsync((string User, string Client) session, long? number, StoredWill will, TimeSpan delay)
    {
        if (delay <= TimeSpan.Zero)
        {
            await PublishAsync(session.User, number, will).ConfigureAwait(false);
            return;
        }

        Waiting entry = new(will, number);
        waiting[session] = entry;
        entry.Timer = time.CreateTimer(
            state =>
            {
                if (waiting.TryRemove(new((session.User, session.Client), (Waiting)state!)))
                {
                    entry.Timer?.Dispose();
                    _ = PublishAsync(session.User, number, will).AsTask();
                }
            },
            entry,
            delay,
            Timeout.InfiniteTimeSpan);
    }

    /// <summary>The client is back.</summary>
    /// <param name="session">Whose.</param>
    /// <param name="isOver">Whether the session that the will belongs to ends by this: then the will is published now.</param>
    public async ValueTask ReturnAsync((string User, string Client) session, bool isOver)
    {
        if (waiting.TryRemove(session, out Waiting? entry))
        {
            entry.Timer?.Dispose();
            if (isOver)
            {
                await PublishAsync(session.User, entry.Number, entry.Will).ConfigureAwait(false);
            }
            else if (entry.Number is { } number)
            {
                await store.DropWillAsync(number, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    public void Dispose()
    {
        foreach (Waiting entry in waiting.Values)
        {
            entry.Timer?.Dispose();
        }
    }

    private async ValueTask PublishAsync(string user, long? number, StoredWill will)
    {
        try
        {
            PublishOutcome outcome = await desk.EnterAsync(user, will.Message.Topic).ConfigureAwait(false);
            if (outcome.Code == ReasonCode.Success)
            {
                ReadOnlySequence<byte> payload = new(will.Message.Payload);
                outcome = await desk.PublishAsync(user, will.Id.Split('.')[0], will.Message.Topic, payload, will.Message.Properties, will.Id).ConfigureAwait(false);
            }

            if (outcome.Code != ReasonCode.Success)
            {
                log.WillRefused(user, outcome.Code.ToString());
            }

            if (number is { } stored)
            {
                await store.DropWillAsync(stored, CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (error is RSocketException or ObjectDisposedException)
        {
            log.WillRefused(user, error.Message); // stored, it is published after the next start
        }
    }

    private sealed class Waiting(StoredWill will, long? number)
    {
        public StoredWill Will => will;

        public long? Number => number;

        public ITimer? Timer { get; set; }
    }
}
