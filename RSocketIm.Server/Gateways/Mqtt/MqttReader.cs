using System.Buffers;
using System.IO.Pipelines;
using System.Threading.Channels;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Streams;
using RSocketIm.Server.Diagnostics;
using RSocketIm.Server.Gateways.Mqtt.Packets;
using RSocketIm.Server.Gateways.Mqtt.Sessions;

namespace RSocketIm.Server.Gateways.Mqtt;

/// <summary>Reads from one client: takes packets one after the other, and waits where the client is ahead of what can be answered.</summary>
internal sealed class MqttReader(
    ConnectPacket connect,
    string user,
    PipeReader input,
    MqttSession session,
    ReceivedMessages received,
    ChannelWriter<PendingAnswer> answers,
    MqttWriter writer,
    MqttConnection connection,
    MqttServices services)
{
    private readonly Dictionary<ushort, string> aliases = [];
    private readonly string idPrefix = $"{session.Tag}.{Guid.NewGuid().ToString("N")[..8]}";
    private readonly Lock gate = new();
    private readonly TaskCompletionSource quiet = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool isStopping;
    private bool isHandling;
    private long ids;
    private int unanswered; // of QoS 1

    /// <summary>Reads until the client leaves, or something it sends ends the connection.</summary>
    /// <exception cref="MqttException">The client broke the protocol or met a limit.</exception>
    public async Task RunAsync(KeepAliveWatch keepAlive, CancellationToken stopping)
    {
        Stint stint = default;
        while (true)
        {
            // Without the token: a WebSocket whose read is cancelled can say nothing any more.
            keepAlive.BeginReading();
            ReadResult result = await stint.Watch(input.ReadAsync(CancellationToken.None)).ConfigureAwait(false);
            keepAlive.EndReading();
            ReadOnlySequence<byte> buffer = result.Buffer;
            if (!TryBegin())
            {
                buffer = buffer.Slice(buffer.End); // it is over; what still comes is of no interest
            }
            else
            {
                try
                {
                    while (!isStopping && TryCut(ref buffer, out byte header, out ReadOnlySequence<byte> body))
                    {
                        if (await HandleAsync(PacketReader.Read(connect.Version, header, body), stopping).ConfigureAwait(false))
                        {
                            break;
                        }

                        await writer.WaitForRoomAsync(stopping).ConfigureAwait(false);
                    }
                }
                catch (Exception error) when (ToEnd(error))
                {
                    // The connection knows; from here on what comes is only read.
                }
                finally
                {
                    Finish();
                }
            }

            input.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted)
            {
                connection.Leave(willIsWanted: true);
                return;
            }

            await stint.RoundOver();
        }
    }

    /// <summary>Takes no further packet; what still arrives is read and dropped.</summary>
    /// <returns>Ends when the packet that is being handled is.</returns>
    public Task StopAsync()
    {
        lock (gate)
        {
            isStopping = true;
            if (!isHandling)
            {
                quiet.TrySetResult();
            }
        }

        return quiet.Task;
    }

    private bool TryBegin()
    {
        lock (gate)
        {
            isHandling = !isStopping;
            return isHandling;
        }
    }

    private void Finish()
    {
        lock (gate)
        {
            isHandling = false;
            if (isStopping)
            {
                quiet.TrySetResult();
            }
        }
    }

    private bool ToEnd(Exception error)
    {
        switch (error)
        {
            case MqttException wrong:
                connection.End(wrong.Code, wrong.Message);
                break;
            case RSocketException refusal:
                connection.Fail(refusal);
                break;
            case OperationCanceledException or ChannelClosedException:
                break; // it is ending
            default:
                return false;
        }

        isStopping = true;
        return true;
    }

    private bool TryCut(ref ReadOnlySequence<byte> buffer, out byte header, out ReadOnlySequence<byte> body)
    {
        try
        {
            return PacketReader.TryCut(ref buffer, services.Settings.Mqtt.MaxPacketBytes, out header, out body);
        }
        catch (MqttException tooLarge) when (tooLarge.Code == ReasonCode.PacketTooLarge)
        {
            services.Limits.Hit(ServerLimit.MqttPacketBytes);
            throw;
        }
    }

    /// <returns>Whether it was the last packet.</returns>
    private async ValueTask<bool> HandleAsync(MqttPacket packet, CancellationToken stopping)
    {
        switch (packet)
        {
            case PublishPacket publish:
                services.Metrics.Received();
                await PublishAsync(publish, stopping).ConfigureAwait(false);
                return false;
            case PubackPacket puback:
                session.Complete(puback.PacketId, 1);
                return false;
            case PubrecPacket { Code: >= ReasonCode.UnspecifiedError } refused:
                session.Complete(refused.PacketId, 2);
                return false;
            case PubrecPacket pubrec:
                writer.Send(new PubrelPacket(pubrec.PacketId, session.Release(pubrec.PacketId) ? ReasonCode.Success : ReasonCode.PacketIdentifierNotFound));
                return false;
            case PubrelPacket pubrel:
                // Of a stored session it may be of before a crash, when it was in use.
                bool isKnown = received.Remove(pubrel.PacketId) || session.Number is not null;
                session.Forget(pubrel.PacketId);
                writer.Send(new PubcompPacket(pubrel.PacketId, isKnown ? ReasonCode.Success : ReasonCode.PacketIdentifierNotFound));
                return false;
            case PubcompPacket pubcomp:
                session.Complete(pubcomp.PacketId, 2);
                return false;
            case SubscribePacket subscribe:
                await SubscribeAsync(subscribe).ConfigureAwait(false);
                return false;
            case UnsubscribePacket unsubscribe:
                List<ReasonCode> codes = [.. unsubscribe.Filters.Select(filter =>
                    session.Unsubscribe(TopicFilter.Parse(filter).Text) ? ReasonCode.Success : ReasonCode.NoSubscriptionExisted)];
                session.RequireWrite();
                writer.Send(new UnsubackPacket(unsubscribe.PacketId, PacketProperties.None, codes));
                return false;
            case PingreqPacket:
                writer.Send(PingrespPacket.Instance);
                return false;
            case DisconnectPacket disconnect:
                if (disconnect.Properties.SessionExpiry is { } expiry)
                {
                    connection.ChangeExpiry(expiry);
                }

                connection.Leave(willIsWanted: disconnect.Code != ReasonCode.Success);
                return true;
            case ConnectPacket:
                throw MqttException.Protocol("A second CONNECT came.");
            default:
                throw MqttException.Protocol($"{packet.Type} came, which a client does not send here.");
        }
    }

    private async ValueTask SubscribeAsync(SubscribePacket packet)
    {
        List<ReasonCode> codes = [];
        foreach (TopicSubscription topic in packet.Topics)
        {
            codes.Add(await services.Subscribe.SubscribeAsync(session, topic, packet.Properties, connect.Version).ConfigureAwait(false));
        }

        writer.Send(new SubackPacket(packet.PacketId, PacketProperties.None, codes));
    }

    private async ValueTask PublishAsync(PublishPacket packet, CancellationToken stopping)
    {
        string topic = TopicOf(packet);
        if (packet.Properties.SubscriptionIdentifiers is not null)
        {
            throw MqttException.Protocol("A client's PUBLISH has a subscription identifier.");
        }

        if (packet.Qos > 0 && Volatile.Read(ref unanswered) + received.Count >= services.Settings.Mqtt.ReceiveMaximum && connect.Version == MqttVersion.V5 && !received.Has(packet.PacketId))
        {
            throw new MqttException(ReasonCode.ReceiveMaximumExceeded, $"More than {services.Settings.Mqtt.ReceiveMaximum} messages of QoS 1 and 2 are under way.");
        }

        PublishOutcome entered = await services.Publish.EnterAsync(user, topic).ConfigureAwait(false);
        string fresh = PublishDesk.IdOf(packet.Properties) ?? $"{idPrefix}{ids++:x}";
        ValueTask written = ValueTask.CompletedTask;
        string id = packet.Qos == 2 && entered.Code == ReasonCode.Success ? received.GetOrAdd(packet.PacketId, fresh, out written) : fresh;
        ValueTask<PublishOutcome> sent = entered.Code == ReasonCode.Success
            ? services.Publish.PublishAsync(user, session.Tag, topic, packet.Payload, packet.Properties, id)
            : ValueTask.FromResult(entered);
        if (packet.Qos == 1)
        {
            Interlocked.Increment(ref unanswered);
        }

        Task<AckPacket?> answer = AnswerAsync(packet.Qos, packet.PacketId, sent, written);
        await answers.WriteAsync(new PendingAnswer(answer, packet.Qos == 1 ? Answered : static () => { }), stopping).ConfigureAwait(false);
    }

    private void Answered() => Interlocked.Decrement(ref unanswered);

    private async Task<AckPacket?> AnswerAsync(int qos, ushort packetId, ValueTask<PublishOutcome> sent, ValueTask written)
    {
        PublishOutcome outcome = await sent.ConfigureAwait(false);
        ReasonCode code = outcome.Code;
        await written.ConfigureAwait(false);
        switch (qos)
        {
            case 0:
                if (code != ReasonCode.Success)
                {
                    services.Log.PublishRefused(user, (byte)code);
                }

                return null;
            case 1:
                return new PubackPacket(packetId, code, outcome.ToProperties(connect));
            default:
                if (code != ReasonCode.Success && received.Remove(packetId))
                {
                    session.Forget(packetId);
                }

                return new PubrecPacket(packetId, code, outcome.ToProperties(connect));
        }
    }

    private string TopicOf(PublishPacket packet)
    {
        if (packet.Properties.TopicAlias is not { } alias)
        {
            return packet.Topic;
        }

        if (alias is 0 or > MqttConnection.TopicAliasMaximum)
        {
            throw new MqttException(ReasonCode.TopicAliasInvalid, $"A topic alias is {alias}, allowed is 1..{MqttConnection.TopicAliasMaximum}.");
        }

        if (packet.Topic.Length > 0)
        {
            aliases[alias] = packet.Topic;
            return packet.Topic;
        }

        return aliases.TryGetValue(alias, out string? known) ? known : throw MqttException.Protocol($"Topic alias {alias} stands for nothing yet.");
    }
}
