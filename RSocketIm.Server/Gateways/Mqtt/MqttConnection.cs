using System.IO.Pipelines;
using System.Threading.Channels;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Connections;
using RSocketIm.Protocol.Streams;
using RSocketIm.Server.Accounts;
using RSocketIm.Server.Configuration;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Gateways.Mqtt.Packets;
using RSocketIm.Server.Gateways.Mqtt.Sessions;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Gateways.Mqtt;

/// <summary>The life of one connection: CONNECT, then three loops that read, answer and write, then the end, in which the session is stored.</summary>
internal sealed class MqttConnection : ISessionHolder
{
    // A Topic Alias costs a dictionary entry and a topic's name.
    internal const int TopicAliasMaximum = 16;

    // What may be under way into the log from one connection; more is not read, which TCP passes on.
    private const int MaxAnswersPending = 64;

    private readonly MqttTransport transport;
    private readonly MqttServices services;
    private readonly PipeReader input;
    private readonly PipeWriter output;
    private readonly Lock gate = new();
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ReasonCode? farewell;
    private string farewellReason = "";
    private bool isWillWanted = true;
    private uint expirySeconds;
    private Task? reading;

    /// <summary>Creates it; <see cref="RunAsync"/> does everything.</summary>
    public MqttConnection(MqttTransport transport, MqttServices services)
    {
        this.transport = transport;
        this.services = services;
        input = PipeReader.Create(transport.Stream, new StreamPipeReaderOptions(bufferSize: 16_384, leaveOpen: true, useZeroByteReads: true));
        output = PipeWriter.Create(transport.Stream, new StreamPipeWriterOptions(minimumBufferSize: 16_384, leaveOpen: true));
    }

    /// <summary>Ends when nothing of the connection is left.</summary>
    public Task Over => over.Task;

    /// <summary>Serves it from its first byte to its end. Never fails.</summary>
    /// <param name="upgradeToken">The token of the HTTP request that it came out of; null: none.</param>
    /// <param name="refusal">Why it may not come in; null: it may.</param>
    public async Task RunAsync(string? upgradeToken, RSocketException? refusal)
    {
        try
        {
            using CancellationTokenSource patience = new(services.Settings.Limits.SetupTimeout, services.Time);
            ConnectPacket? connect = null;
            try
            {
                connect = await Handshake.ReadAsync(input, services, patience.Token).ConfigureAwait(false);
                if (connect is not null)
                {
                    await ServeAsync(connect, upgradeToken, refusal, patience).ConfigureAwait(false);
                }
            }
            catch (MqttException wrong)
            {
                services.Connections.Refused();
                services.Log.Closed(transport.Remote, (byte)wrong.Code, wrong.Message);
                if (Handshake.Refuse(wrong, connect) is { } answer)
                {
                    answer.Packet.Write(output, answer.Version);
                    await output.FlushAsync(patience.Token).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException) when (patience.IsCancellationRequested)
            {
                services.Limits.Hit(ConnectionLimit.SetupTimeout);
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // The peer is gone; there is nobody to tell.
        }
#pragma warning disable CA1031 // The end of a task that nobody waits for with interest: a fault of ours goes to the log.
        catch (Exception error)
#pragma warning restore CA1031
        {
            services.Log.ConnectionFailed(error, transport.Remote);
        }

        // Closed with bytes unread the socket would be reset, and the peer might not see our last packet.
        using CancellationTokenSource linger = new(services.Settings.LingerTimeout, services.Time);
        await transport.CompleteWritingAsync(linger.Token).ConfigureAwait(false);
        reading ??= DiscardAsync(linger.Token);
        await WaitAsync(reading, linger.Token).ConfigureAwait(false);
        transport.Abort();
        await reading.ConfigureAwait(false);
        over.TrySetResult();
    }

    /// <inheritdoc />
    public void End(ReasonCode code, string reason) => End(code, reason, isWillWanted: true);

    /// <summary>The client ends the connection, or is gone.</summary>
    /// <param name="willIsWanted">Whether its will is to be published.</param>
    internal void Leave(bool willIsWanted) => End(null, "", willIsWanted);

    /// <summary>What DISCONNECT says of the session's expiry.</summary>
    /// <exception cref="MqttException">A session that was to end with its connection cannot be kept after all.</exception>
    internal void ChangeExpiry(uint seconds)
    {
        if (expirySeconds == 0 && seconds > 0)
        {
            throw MqttException.Protocol("DISCONNECT keeps a session that CONNECT did not.");
        }

        expirySeconds = Bound(seconds);
    }

    private void End(ReasonCode? code, string reason, bool isWillWanted)
    {
        lock (gate)
        {
            if (ended.Task.IsCompleted)
            {
                return;
            }

            farewell = code;
            farewellReason = reason;
            this.isWillWanted = isWillWanted;
            ended.TrySetResult();
        }
    }

    private uint Bound(uint seconds) => Math.Min(seconds, services.Settings.Mqtt.MaxSessionExpiry);

    private uint ExpiryOf(ConnectPacket connect) =>
        connect.Version == MqttVersion.V5 ? Bound(connect.Properties.SessionExpiry ?? 0) : connect.CleanStart ? 0 : services.Settings.Mqtt.MaxSessionExpiry;

    private async Task ServeAsync(ConnectPacket connect, string? upgradeToken, RSocketException? refusal, CancellationTokenSource patience)
    {
        if (refusal is not null || !services.State.IsReady)
        {
            throw new MqttException(ReasonCode.ServerBusy, refusal is null ? "The server is starting or stopping; try again in a moment." : ContractErrors.SentenceOf(refusal.Message));
        }

        if (connect.Properties.AuthenticationMethod is not null)
        {
            throw new MqttException(ReasonCode.BadAuthenticationMethod, "No authentication method is known here; user name and password are.");
        }

        string clientId = ConnectJudge.ClientIdOf(connect);
        Identity identity = await services.Judge.JudgeAsync(connect, clientId, transport.Remote, upgradeToken, patience.Token).ConfigureAwait(false);
        expirySeconds = ExpiryOf(connect);
        SessionPlace place = await services.Sessions.TakePlaceAsync(identity.User, clientId, this).ConfigureAwait(false);
        try
        {
            await ServeAsync(connect, identity, clientId, patience.Token).ConfigureAwait(false);
        }
        finally
        {
            services.Sessions.LeavePlace(identity.User, clientId, place);
        }
    }

    private async Task ServeAsync(ConnectPacket connect, Identity identity, string clientId, CancellationToken patience)
    {
        int window = Math.Min(connect.Properties.ReceiveMaximum ?? ushort.MaxValue, services.Settings.Mqtt.MaxInFlight);
        AsyncSignal wake = new();
        StoredWill? will = null;
        if (connect.Will is { } message)
        {
            will = new StoredWill(message, PublishDesk.IdOf(message.Properties) ?? $"will.{Guid.NewGuid():N}");
        }

        MqttSessionOptions options = new(identity.User, clientId, connect.CleanStart, expirySeconds, window, will?.ToBytes());
        (MqttSession session, IReadOnlyList<MqttReceivedRecord> received, bool isPresent) = await services.Sessions.OpenAsync(options, wake, Fail).ConfigureAwait(false);
        try
        {
            Connack(connect, clientId, isPresent).Write(output, connect.Version);
            await output.FlushAsync(patience).ConfigureAwait(false);
            await RunLoopsAsync(connect, identity, session, new ReceivedMessages(session.Number, services.Store, received), wake).ConfigureAwait(false);
        }
        finally
        {
            await services.Sessions.CloseAsync(session, clientId, expirySeconds, isWillWanted ? will : null).ConfigureAwait(false);
        }
    }

    private async Task RunLoopsAsync(ConnectPacket connect, Identity identity, MqttSession session, ReceivedMessages received, AsyncSignal wake)
    {
        using IDisposable presence = services.Presence.Connect(identity.User);
        using ConnectionRights rights = new(
            identity,
            services.Time,
            _ => End(ReasonCode.NotAuthorized, "The token's time is over; connect again with a newer one."),
            () => End(ReasonCode.NotAuthorized, "The token's time is over."));
        services.Connections.Opened();
        services.Metrics.Opened();
        Channel<PendingAnswer> answers = Channel.CreateBounded<PendingAnswer>(new BoundedChannelOptions(MaxAnswersPending) { SingleReader = true, SingleWriter = true });
        MqttWriter writer = new(connect, output, session, services, wake);
        MqttReader reader = new(connect, identity.User, input, session, received, answers.Writer, writer, this, services);
        using KeepAliveWatch keepAlive = new(connect.KeepAlive, services.Time, () => End(ReasonCode.KeepAliveTimeout, "Nothing came for one and a half times the keep alive."));
        using CancellationTokenSource stopReading = new();
        reading = Guard(reader.RunAsync(keepAlive, stopReading.Token));
        Task answering = Guard(AnswerAsync(answers.Reader, writer, connect.Version));
        Task writing = Guard(writer.RunAsync());

        await ended.Task.ConfigureAwait(false);
        using CancellationTokenSource linger = new(services.Settings.LingerTimeout, services.Time);
        await stopReading.CancelAsync().ConfigureAwait(false);
        await reader.StopAsync().ConfigureAwait(false);
        answers.Writer.TryComplete();
        await WaitAsync(answering, linger.Token).ConfigureAwait(false);
        if (farewell is { } code)
        {
            services.Log.Closed(transport.Remote, (byte)code, farewellReason);
        }

        writer.Finish(farewell is { } last && connect.Version == MqttVersion.V5 ? new DisconnectPacket(last, new PacketProperties { ReasonString = Handshake.Shorten(farewellReason) }) : null);
        if (!await WaitAsync(writing, linger.Token).ConfigureAwait(false))
        {
            transport.Abort(); // it does not read; the write under way ends by this
            await writing.ConfigureAwait(false);
        }

        await answering.ConfigureAwait(false);
        services.Metrics.Closed();
        services.Connections.Closed();
    }

    // What still comes of a connection that did not come about.
    private async Task DiscardAsync(CancellationToken patience)
    {
        try
        {
            while (true)
            {
                ReadResult result = await input.ReadAsync(patience).ConfigureAwait(false);
                input.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted)
                {
                    return;
                }
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException or OperationCanceledException or InvalidOperationException)
        {
            return; // gone, or out of patience
        }
    }

    private static async Task<bool> WaitAsync(Task task, CancellationToken patience)
    {
        await task.WaitAsync(patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return task.IsCompleted;
    }

    // A loop that fails ends the connection; the others see that by the end.
    private async Task Guard(Task loop)
    {
        try
        {
            await loop.ConfigureAwait(false);
        }
        catch (MqttException wrong)
        {
            End(wrong.Code, wrong.Message);
        }
        catch (RSocketException refusal)
        {
            Fail(refusal);
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException or OperationCanceledException)
        {
            Leave(willIsWanted: true);
        }
#pragma warning disable CA1031 // Whatever it is, this connection ends and the server goes on.
        catch (Exception error)
#pragma warning restore CA1031
        {
            services.Log.ConnectionFailed(error, transport.Remote);
            End(ReasonCode.UnspecifiedError, "The server made a mistake; it has been logged.");
        }
    }

    internal void Fail(RSocketException reason) => End(services.State.Draining.IsCancellationRequested ? ReasonCode.ServerShuttingDown : ReasonCode.ServerBusy, ContractErrors.SentenceOf(reason.Message));

    private static async Task AnswerAsync(ChannelReader<PendingAnswer> answers, MqttWriter writer, MqttVersion version)
    {
        await foreach (PendingAnswer pending in answers.ReadAllAsync().ConfigureAwait(false))
        {
            if (await pending.Packet.ConfigureAwait(false) is not { } packet)
            {
                continue;
            }

            // MQTT 3.1.1 cannot say no: it acknowledges, or closes.
            if (version == MqttVersion.V311 && packet.Code >= ReasonCode.UnspecifiedError)
            {
                throw new MqttException(packet.Code, "The message was refused.");
            }

            pending.Answered();
            writer.Send(packet);
        }
    }

    private ConnackPacket Connack(ConnectPacket connect, string clientId, bool isPresent)
    {
        MqttSettings settings = services.Settings.Mqtt;
        PacketProperties properties = new()
        {
            SessionExpiry = expirySeconds != (connect.Properties.SessionExpiry ?? 0) ? expirySeconds : null,
            AssignedClientIdentifier = connect.ClientId.Length == 0 ? clientId : null,
            ReceiveMaximum = settings.ReceiveMaximum < ushort.MaxValue ? (ushort)settings.ReceiveMaximum : null,
            MaximumPacketSize = (uint)settings.MaxPacketBytes,
            TopicAliasMaximum = TopicAliasMaximum,
            SharedAvailable = 0,
        };
        return new ConnackPacket(isPresent, ReasonCode.Success, properties);
    }
}
