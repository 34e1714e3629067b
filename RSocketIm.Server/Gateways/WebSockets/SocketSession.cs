using System.Buffers;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Connections;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Protocol.Streams;
using RSocketIm.Protocol.Transports;
using RSocketIm.Server.Accounts;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Feeds;
using RSocketIm.Server.Rooms;
using RSocketIm.Server.Routing;

namespace RSocketIm.Server.Gateways.WebSockets;

/// <summary>One signed-in <c>/ws</c>: carries out what the client says, in the order it comes.</summary>
/// <remarks>
/// The client may be <see cref="Window"/> operations ahead of the answers it has read: each takes a slot before it is
/// received, and gives it back when its answer is written, or at once when it has none. A client that does not read its
/// answers is not read either, and TCP passes that on.
/// </remarks>
internal sealed class SocketSession : IDisposable
{
    /// <summary>Operations that may be on their way: 64, as a <c>rooms.session</c> has.</summary>
    public const int Window = 64;

    private readonly FrameTransport transport;
    private readonly SocketServices services;
    private readonly Caller caller;
    private readonly ConnectionRights rights;
    private readonly SocketLine line = new();
    private readonly SocketWriter writer;
    private readonly SemaphoreSlim slots = new(Window, Window);
    private readonly Lock gate = new();
    private readonly Dictionary<string, SocketSubscription> subscriptions = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource stop = new();
    private int sending;

    /// <summary>Opens the session.</summary>
    public SocketSession(FrameTransport transport, SocketServices services, Identity identity, Caller caller)
    {
        this.transport = transport;
        this.services = services;
        this.caller = caller;
        transport.MaxFrameLength = services.Limits.MaxPayloadBytes;
        writer = new SocketWriter(transport, line, Release, Remove, () => Volatile.Read(ref sending) > 0);
        rights = new ConnectionRights(identity, services.Time, EndSubscriptions, transport.Abort);
    }

    /// <summary>Serves until the client leaves or the server stops.</summary>
    /// <param name="patience">How long the client may take for what is still to be written when the server stops.</param>
    /// <param name="draining">The server stops.</param>
    public async Task RunAsync(TimeSpan patience, CancellationToken draining)
    {
        Task writing = writer.RunAsync(stop.Token);
        Task reading = ReadAsync();

        TaskCompletionSource drain = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using (draining.UnsafeRegister(static source => ((TaskCompletionSource)source!).TrySetResult(), drain))
        {
            await Task.WhenAny(reading, writing, drain.Task).ConfigureAwait(false);
        }

        if (drain.Task.IsCompleted)
        {
            EndSubscriptions(Refusal.Draining()); // the rooms stop their readers too, before this or after it
        }

        // What was said is told, and sends under way are answered.
        writer.Close();
        Task both = Task.WhenAll(writing, reading); // until the client has closed its side too
        if (await Task.WhenAny(both, Task.Delay(patience, services.Time, CancellationToken.None)).ConfigureAwait(false) != both)
        {
            transport.Abort();
        }

        await stop.CancelAsync().ConfigureAwait(false);
        line.Wake.Set();
        await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // how a connection ends is nobody's fault
    }

    public void Dispose()
    {
        rights.Dispose();
        foreach (SocketSubscription subscription in TakeAll())
        {
            subscription.Dispose();
        }

        stop.Dispose();
    }

    private async Task ReadAsync()
    {
        Stint stint = default;
        try
        {
            while (true)
            {
                await slots.WaitAsync(stop.Token).ConfigureAwait(false);
                if (!await stint.Watch(transport.WaitToReadAsync(stop.Token)).ConfigureAwait(false))
                {
                    return;
                }

                if (transport.TryRead(out ReadOnlySequence<byte> message))
                {
                    Handle(message);
                }
                else
                {
                    slots.Release();
                }

                await stint.RoundOver();
            }
        }
        catch (ProtocolViolationException violation)
        {
            if (violation.IsFrameTooLong)
            {
                services.LimitHits.Hit(ConnectionLimit.PayloadBytes);
            }

            // What still comes is skipped: unread bytes would turn the close, which says what was wrong, into a reset.
            writer.Close();
            while (await transport.WaitToReadAsync(stop.Token).ConfigureAwait(false))
            {
                transport.TryRead(out _);
            }
        }
    }

    // The slot of this message is held; every way out of here gives it back or hands it to an answer.
    private void Handle(in ReadOnlySequence<byte> message)
    {
        SocketOperation? operation = null;
        try
        {
            operation = SocketOperation.Read(message);
            if (operation.Op == SocketOperation.HelloOp)
            {
                _ = RenewAsync(operation.Token!);
                return;
            }

            rights.Demand();
            Carry(operation, message);
        }
        catch (RecordFormatException error)
        {
            SocketKeys keys = SocketKeys.Find(message);
            line.Answer(SocketError.Encode(error.ToException(), keys.Room, keys.Id));
        }
        catch (RSocketException refusal)
        {
            line.Answer(SocketError.Encode(refusal, operation?.Room, operation?.Op == SocketOperation.SendOp ? SocketKeys.Find(message).Id : null));
        }
    }

    private void Carry(SocketOperation operation, in ReadOnlySequence<byte> message)
    {
        string room = operation.Room!;
        switch (operation.Op)
        {
            case SocketOperation.SendOp:
                MessageSend send = services.Messages.Read(DataFormat.Json, message);
                Interlocked.Increment(ref sending);
                _ = SendAsync(send); // not behind the await of another: sends are committed in the order they came
                return;
            case SocketOperation.SubscribeOp:
                Subscribe(operation, room);
                return;
            case SocketOperation.CreditOp:
                line.Grant(Find(room) ?? throw ContractError.NotFound.ToException($"There is no subscription of room {room} to give credit to."), operation.N!.Value);
                break;
            case SocketOperation.UnsubscribeOp:
                Unsubscribe(room);
                break;
            case SocketOperation.TypingOp:
                services.Signals.Type(caller.User, room);
                break;
            default:
                services.Receipts.Read(caller.User, room, operation.Seq!.Value);
                break;
        }

        slots.Release();
    }

    private async Task SendAsync(MessageSend message)
    {
        byte[] answer;
        try
        {
            MessageSent sent = await services.Rooms.SendAsync(caller.User, message, CancellationToken.None).ConfigureAwait(false);
            answer = SocketAck.Format.ToArray(
                DataFormat.Json, new SocketAck { Id = message.Id, Room = message.Room, Seq = sent.Seq, At = sent.At, Duplicate = sent.Duplicate });
        }
        catch (RSocketException refusal)
        {
            answer = SocketError.Encode(refusal, message.Room, message.Id);
        }
#pragma warning disable CA1031 // Nobody awaits a session's sends: whatever happens is the answer.
        catch (Exception error)
#pragma warning restore CA1031
        {
            services.Log.OperationFailed(error, SocketOperation.SendOp);
            answer = SocketError.Encode(Refusal.Internal(), message.Room, message.Id);
        }

        line.Answer(answer);
        Interlocked.Decrement(ref sending); // after it is in line, so that a close never finds neither
    }

    // A newer token for the same user: what would otherwise end at the old one's time goes on.
    private async Task RenewAsync(string text)
    {
        try
        {
            Identity identity = await services.Callers.FromTokenAsync(text, stop.Token).ConfigureAwait(false);
            if (identity.User != caller.User)
            {
                throw ContractError.Forbidden.ToException($"This connection is {caller.User}'s: another user connects anew.");
            }

            rights.Renew(identity.Expires!.Value);
            Release(1);
        }
        catch (RSocketException refusal)
        {
            line.Answer(SocketError.Encode(refusal));
        }
        catch (OperationCanceledException)
        {
            // The connection is over.
        }
#pragma warning disable CA1031 // Nobody awaits this.
        catch (Exception error)
#pragma warning restore CA1031
        {
            services.Log.OperationFailed(error, SocketOperation.HelloOp);
            line.Answer(SocketError.Encode(Refusal.Internal()));
        }
    }

    private void Subscribe(SocketOperation operation, string room)
    {
        lock (gate)
        {
            if (subscriptions.ContainsKey(room))
            {
                throw ContractError.Conflict.ToException($"Room {room} is subscribed already; unsubscribe first, or give it credit.");
            }

            if (subscriptions.Count >= services.Limits.MaxStreamsPerConnection)
            {
                services.LimitHits.Hit(ConnectionLimit.Streams);
                throw ContractError.RateLimited.ToException($"{subscriptions.Count} rooms are subscribed, which is all one connection may have.");
            }
        }

        FeedRequest request = new() { Room = room, After = operation.After, Epoch = operation.Epoch };
        RoomFeed feed = (RoomFeed)services.Calls.Open("rooms.feed", caller, FeedRequest.Format.ToArray(DataFormat.Json, request), stop.Token);
        SocketSubscribed opened = new() { Room = room, Epoch = feed.Room.Record.Epoch, Head = feed.Room.Head };
        line.Answer(SocketSubscribed.Format.ToArray(DataFormat.Json, opened)); // in line before its first event
        SocketSubscription subscription = new(feed, line, operation.Credit!.Value);
        lock (gate)
        {
            subscriptions.Add(room, subscription);
        }

        line.Enter(subscription);
        if (rights.IsOver)
        {
            // Between the look at the rights and here their time was over, and the sweep has passed.
            feed.Stop(ContractError.Unauthenticated.ToException("The token's time is over."));
        }
    }

    private void Release(int answers)
    {
        if (answers > 0)
        {
            slots.Release(answers);
        }
    }

    private SocketSubscription? Find(string room)
    {
        lock (gate)
        {
            return subscriptions.GetValueOrDefault(room);
        }
    }

    private void Unsubscribe(string room)
    {
        SocketSubscription? found;
        lock (gate)
        {
            subscriptions.Remove(room, out found);
        }

        found?.Dispose();
    }

    private void Remove(SocketSubscription ended)
    {
        lock (gate)
        {
            if (subscriptions.TryGetValue(ended.Room, out SocketSubscription? open) && open == ended)
            {
                subscriptions.Remove(ended.Room);
            }
        }

        ended.Dispose();
    }

    private void EndSubscriptions(RSocketException reason)
    {
        lock (gate)
        {
            foreach (SocketSubscription subscription in subscriptions.Values)
            {
                subscription.Stop(reason);
            }
        }
    }

    private SocketSubscription[] TakeAll()
    {
        lock (gate)
        {
            SocketSubscription[] all = [.. subscriptions.Values];
            subscriptions.Clear();
            return all;
        }
    }
}
