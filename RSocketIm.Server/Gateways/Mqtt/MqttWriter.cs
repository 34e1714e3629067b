using System.Buffers;
using System.IO.Pipelines;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Streams;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Gateways.Mqtt.Packets;
using RSocketIm.Server.Gateways.Mqtt.Sessions;
using RSocketIm.Server.Rooms;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Gateways.Mqtt;

/// <summary>Writes to one client: answers first, then what is to be sent again, then what its subscriptions have, for as long as socket and window have room.</summary>
/// <remarks>
/// Nothing is queued but answers. A batch is put together in the transport's buffer; what must be on disk before the client
/// sees it is written once for the whole batch; then the batch is flushed, which waits while the socket is full.
/// </remarks>
internal sealed class MqttWriter(ConnectPacket connect, PipeWriter output, MqttSession session, MqttServices services, AsyncSignal wake)
{
    private const int BatchBytes = 32_768;

    // Answers carry no credit: with so many of them unwritten the client is not read any more, until half are gone.
    private const int MaxAnswers = 1_024;

    private readonly Lock gate = new();
    private readonly AsyncSignal answersWritten = new();
    private readonly LogReader reader = new(services.Rooms);
    private readonly ArrayBufferWriter<byte> scratch = new();
    private Queue<MqttPacket> answers = new();
    private DisconnectPacket? farewell;
    private bool isFinishing;
    private volatile int answerCount;

    /// <summary>Sends an answer.</summary>
    public void Send(MqttPacket packet)
    {
        lock (gate)
        {
            answers.Enqueue(packet);
            answerCount = answers.Count;
        }

        wake.Set();
    }

    /// <summary>Waits until there is room for answers to what is read next. One caller.</summary>
    /// <returns>Whether it waited.</returns>
    public async ValueTask<bool> WaitForRoomAsync(CancellationToken cancellationToken)
    {
        if (answerCount < MaxAnswers)
        {
            return false;
        }

        using CancellationTokenRegistration giveUp = cancellationToken.UnsafeRegister(static signal => ((AsyncSignal)signal!).Set(), answersWritten);
        while (answerCount > MaxAnswers / 2)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await answersWritten.WaitAsync().ConfigureAwait(false);
        }

        return true;
    }

    /// <summary>Writes the answers that are left and the last words, and no more messages.</summary>
    public void Finish(DisconnectPacket? lastWords)
    {
        lock (gate)
        {
            farewell = lastWords;
            isFinishing = true;
        }

        wake.Set();
    }

    /// <summary>Writes until <see cref="Finish"/>.</summary>
    public async Task RunAsync()
    {
        Stint stint = default;
        while (true)
        {
            bool isLast = Volatile.Read(ref isFinishing);
            StageAnswers();
            if (!isLast)
            {
                await StageResendsAsync().ConfigureAwait(false);
                StageMessages();
            }
            else if (farewell is { } packet)
            {
                WriteFarewell(packet);
            }

            // After what is staged: it may say what the client must not see before it is on disk.
            bool isIdle = output.UnflushedBytes == 0;
            MqttSessionChanges? changes = session.TakeChanges(urgentOnly: !isIdle);
            if (changes is not null)
            {
                await WriteAsync(changes).ConfigureAwait(false);
            }

            if (!isIdle)
            {
                FlushResult result = await stint.Watch(output.FlushAsync()).ConfigureAwait(false);
                if (result.IsCompleted)
                {
                    return;
                }
            }

            if (isLast)
            {
                return;
            }

            await stint.RoundOver();
            if (isIdle && changes is null)
            {
                await stint.Watch(wake.WaitAsync()).ConfigureAwait(false);
            }
        }
    }

    private async ValueTask WriteAsync(MqttSessionChanges changes)
    {
        try
        {
            await services.Store.WriteSessionAsync(session.Number!.Value, changes, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not RSocketException)
        {
            // Nothing of the batch goes out. The client comes back, and is where the store has it.
            throw ContractError.Unavailable.ToException("The store failed; it is safe to try again.", error);
        }
    }

    private void StageAnswers()
    {
        Queue<MqttPacket> taken;
        lock (gate)
        {
            taken = answers;
            if (taken.Count == 0)
            {
                return;
            }

            answers = new Queue<MqttPacket>();
            answerCount = 0;
        }

        foreach (MqttPacket packet in taken)
        {
            packet.Write(output, connect.Version);
        }

        answersWritten.Set();
    }

    // The reason in words is left out where the client takes packets of less only (MQTT 5.0, 3.14.2.2.3).
    private void WriteFarewell(DisconnectPacket packet)
    {
        scratch.ResetWrittenCount();
        packet.Write(scratch, connect.Version);
        if (scratch.WrittenCount > (connect.Properties.MaximumPacketSize ?? uint.MaxValue))
        {
            packet = packet with { Properties = PacketProperties.None };
        }

        packet.Write(output, connect.Version);
    }

    private async ValueTask StageResendsAsync()
    {
        while (output.UnflushedBytes < BatchBytes && session.NextToResend() is { } record)
        {
            if (record.Released)
            {
                new PubrelPacket(record.PacketId).Write(output, connect.Version);
                continue;
            }

            MessageContent content = await ReadAgainAsync(record).ConfigureAwait(false);
            RoomTopic topic = (RoomTopic)record.Key.Topic;
            Delivery delivery = new(record.Key, RoomTopics.NameOf(record.Key.Room, topic), session.IdentifierOf(record.Key.Filter), record.Qos, record.Retained, content, record.Seq);
            Write(delivery, record.PacketId, isDuplicate: true);
        }
    }

    private void StageMessages()
    {
        while (output.UnflushedBytes < BatchBytes && session.TryTake() is { } next)
        {
            Write(next.Delivery, next.PacketId, isDuplicate: false);
        }
    }

    // What may not be read any more still has to come to the end of its handshake, or the client would take the next message
    // under its packet identifier for this one.
    private async ValueTask<MessageContent> ReadAgainAsync(MqttInFlightRecord record)
    {
        if (services.Directory.Find(record.Key.Room) is { } room
            && record.Seq >= room.FirstSeq
            && record.Seq <= room.Head
            && Rights.CanRead(room.Record.Kind, room.FindMember(session.User)))
        {
            IReadOnlyList<LogEntry> entries = await reader.ReadAfterAsync(room, record.Seq - 1, record.Seq, CancellationToken.None).ConfigureAwait(false);
            if (entries.Count > 0 && session.Content.Of(entries[0], (RoomTopic)record.Key.Topic, session: null) is { } content)
            {
                return content;
            }
        }

        return ContentMaker.Gone(record.Seq);
    }

    private void Write(Delivery delivery, ushort packetId, bool isDuplicate)
    {
        PublishPacket packet = new()
        {
            Topic = delivery.TopicName,
            PacketId = packetId,
            Qos = delivery.Qos,
            Duplicate = isDuplicate,
            Retain = delivery.Retained,
            Properties = delivery.Identifier > 0 ? delivery.Content.Properties with { SubscriptionIdentifiers = [delivery.Identifier] } : delivery.Content.Properties,
            Payload = new ReadOnlySequence<byte>(delivery.Content.Payload),
        };
        if (connect.Properties.MaximumPacketSize is not { } most)
        {
            packet.Write(output, connect.Version);
            services.Metrics.Sent();
            return;
        }

        scratch.ResetWrittenCount();
        packet.Write(scratch, connect.Version);
        if (scratch.WrittenCount <= most)
        {
            output.Write(scratch.WrittenSpan);
            services.Metrics.Sent();
        }
        else if (packetId != 0)
        {
            session.Complete(packetId, delivery.Qos); // MQTT 5.0, 3.1.2.11.4: as if it had been sent and acknowledged
        }
    }
}
