using System.Security.Cryptography;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Streams;
using RSocketIm.Server.Configuration;
using RSocketIm.Server.Diagnostics;
using RSocketIm.Server.Feeds;
using RSocketIm.Server.Gateways.Mqtt.Packets;
using RSocketIm.Server.Gateways.Mqtt.Sessions;
using RSocketIm.Server.Rooms;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Gateways.Mqtt;

/// <summary>Finds, makes and keeps sessions, and lets those that are connected know of rooms that their users join. A session's name is a user and a client identifier: nobody can take over another user's.</summary>
internal sealed class MqttSessions : IDisposable
{
    private const int SweepStep = 256;

    private static readonly TimeSpan SweepInterval = TimeSpan.FromMinutes(1);

    private readonly IMqttSessionStore store;
    private readonly RoomDirectory directory;
    private readonly SubscribeDesk subscriptions;
    private readonly BlockCache blocks;
    private readonly Wills wills;
    private readonly ServerSettings settings;
    private readonly LimitMetrics limits;
    private readonly TimeProvider time;
    private readonly ILogger<MqttSessions> log;
    private readonly ContentMaker content;
    private readonly Lock gate = new();
    private readonly Dictionary<(string User, string Client), SessionPlace> places = [];
    private readonly Dictionary<string, List<MqttSession>> byUser = new(StringComparer.Ordinal);
    private readonly ITimer sweep;

    public MqttSessions(
        IMqttSessionStore store,
        RoomDirectory directory,
        SubscribeDesk subscriptions,
        BlockCache blocks,
        Wills wills,
        ServerSettings settings,
        LimitMetrics limits,
        TimeProvider time,
        ILogger<MqttSessions> log)
    {
        this.store = store;
        this.directory = directory;
        this.subscriptions = subscriptions;
        this.blocks = blocks;
        this.wills = wills;
        this.settings = settings;
        this.limits = limits;
        this.time = time;
        this.log = log;
        content = new ContentMaker(time);
        directory.RightsChanged += OnRightsChanged;
        directory.EntriesRedacted += OnEntriesRedacted;
        sweep = time.CreateTimer(_ => _ = SweepAsync(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>What messages to clients say.</summary>
    public ContentMaker Content => content;

    /// <summary>Takes over what an earlier run left, once, before anybody is let in.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        long now = Now();
        foreach ((long number, MqttSessionRecord session, byte[] will) in await store.RecoverSessionsAsync(now, cancellationToken).ConfigureAwait(false))
        {
            StoredWill left = StoredWill.Read(will);
            await wills.LeaveAsync((session.User, session.Client), number, left, DelayOf(left, session.ExpirySeconds)).ConfigureAwait(false);
        }

        sweep.Change(SweepInterval, SweepInterval);
    }

    /// <summary>Takes the place of a session's name; who holds it is ended, and waited for.</summary>
    public async Task<SessionPlace> TakePlaceAsync(string user, string client, ISessionHolder holder)
    {
        SessionPlace place = new(holder);
        SessionPlace? before;
        lock (gate)
        {
            places.TryGetValue((user, client), out before);
            places[(user, client)] = place;
        }

        if (before is not null)
        {
            before.Holder.End(ReasonCode.SessionTakenOver, "Another connection has taken over the session.");
            await before.Left.ConfigureAwait(false);
        }

        return place;
    }

    /// <summary>Frees a place.</summary>
    public void LeavePlace(string user, string client, SessionPlace place)
    {
        lock (gate)
        {
            if (places.TryGetValue((user, client), out SessionPlace? held) && held == place)
            {
                places.Remove((user, client));
            }
        }

        place.Leave();
    }

    /// <summary>Opens the session that a connection asks for, whose place it has.</summary>
    /// <param name="options">Which, and how.</param>
    /// <param name="wake">Told when there may be something to send.</param>
    /// <param name="fail">Told when the session cannot go on.</param>
    /// <returns>The session, what was received of QoS 2, and whether it was there before.</returns>
    /// <exception cref="MqttException">The user has too many.</exception>
    public async Task<(MqttSession Session, IReadOnlyList<MqttReceivedRecord> Received, bool IsPresent)> OpenAsync(
        MqttSessionOptions options, AsyncSignal wake, Action<RSocketException> fail)
    {
        (StoredMqttSession Session, long ExpiresAt)? found = await store.FindSessionAsync(options.User, options.ClientId, CancellationToken.None).ConfigureAwait(false);
        bool isOver = options.CleanStart || found is null || found.Value.ExpiresAt < Now();
        await wills.ReturnAsync((options.User, options.ClientId), isOver).ConfigureAwait(false);
        StoredMqttSession? stored = isOver ? null : found!.Value.Session;
        if (isOver && found is { } old)
        {
            await store.RemoveSessionAsync(old.Session.Number, CancellationToken.None).ConfigureAwait(false);
        }

        string tag = stored?.Session.Tag ?? Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6));
        long? number = stored?.Number;
        if (number is null && options.ExpirySeconds > 0)
        {
            await RequireRoomAsync(options.User).ConfigureAwait(false);
            number = await store.AddSessionAsync(new MqttSessionRecord(options.User, options.ClientId, tag, options.ExpirySeconds), CancellationToken.None).ConfigureAwait(false);
        }

        if (number is { } kept && (stored is not null || options.Will is not null))
        {
            await store.AttachSessionAsync(kept, options.ExpirySeconds, options.Will, CancellationToken.None).ConfigureAwait(false);
        }

        MqttSession session = new(options, tag, number, blocks, content, wake, fail);
        lock (gate)
        {
            if (!byUser.TryGetValue(options.User, out List<MqttSession>? open))
            {
                byUser[options.User] = open = [];
            }

            open.Add(session);
        }

        if (stored is not null)
        {
            session.Restore(stored);
            subscriptions.Restore(session, stored.Subscriptions);
        }

        return (session, stored?.Received ?? [], stored is not null);
    }

    /// <summary>A connection is over: stores the session, or forgets it.</summary>
    /// <param name="session">The session.</param>
    /// <param name="client">Its name.</param>
    /// <param name="expirySeconds">How long it outlives the connection; 0: not.</param>
    /// <param name="will">What is to be published; null: nothing.</param>
    public async Task CloseAsync(MqttSession session, string client, uint expirySeconds, StoredWill? will)
    {
        session.Close();
        lock (gate)
        {
            if (byUser.TryGetValue(session.User, out List<MqttSession>? open) && open.Remove(session) && open.Count == 0)
            {
                byUser.Remove(session.User);
            }
        }

        TimeSpan delay = will is null ? TimeSpan.Zero : DelayOf(will, expirySeconds);
        if (session.Number is { } number)
        {
            if (expirySeconds == 0)
            {
                await store.RemoveSessionAsync(number, CancellationToken.None).ConfigureAwait(false);
            }
            else
            {
                if (session.TakeChanges(urgentOnly: false) is { } changes)
                {
                    await store.WriteSessionAsync(number, changes, CancellationToken.None).ConfigureAwait(false);
                }

                long expiresAt = expirySeconds == uint.MaxValue ? long.MaxValue : Now() + (expirySeconds * 1000L);
                await store.DetachSessionAsync(number, expirySeconds, expiresAt, keepWill: will is not null, CancellationToken.None).ConfigureAwait(false);
            }
        }

        if (will is not null)
        {
            await wills.LeaveAsync((session.User, client), expirySeconds == 0 ? null : session.Number, will, delay).ConfigureAwait(false);
        }
    }

    public void Dispose()
    {
        directory.RightsChanged -= OnRightsChanged;
        directory.EntriesRedacted -= OnEntriesRedacted;
        sweep.Dispose();
    }

    // A will does not outlive its session.
    private static TimeSpan DelayOf(StoredWill will, uint expirySeconds) => TimeSpan.FromSeconds(Math.Min(will.Message.Properties.WillDelay ?? 0, expirySeconds));

    private async ValueTask RequireRoomAsync(string user)
    {
        if (await store.CountSessionsAsync(user, CancellationToken.None).ConfigureAwait(false) >= settings.Mqtt.MaxSessionsPerUser)
        {
            limits.Hit(ServerLimit.MqttSessions);
            throw new MqttException(ReasonCode.QuotaExceeded, $"A user may have {settings.Mqtt.MaxSessionsPerUser} sessions that outlive their connections.");
        }
    }

    private void OnRightsChanged(Room room, IReadOnlyCollection<MemberRecord> changes)
    {
        foreach (MemberRecord change in changes.Where(static change => change.Standing >= Standing.Member))
        {
            MqttSession[] open;
            lock (gate)
            {
                open = byUser.TryGetValue(change.User, out List<MqttSession>? sessions) ? [.. sessions] : [];
            }

            foreach (MqttSession session in open)
            {
                subscriptions.RoomJoined(session, room, change.JoinedSeq);
            }
        }
    }

    private void OnEntriesRedacted(Room room, IReadOnlyCollection<LogEntry> entries) => content.Forget();

    private async Task SweepAsync()
    {
        try
        {
            while (await store.ExpireSessionsAsync(Now(), SweepStep, CancellationToken.None).ConfigureAwait(false) == SweepStep)
            {
            }
        }
#pragma warning disable CA1031 // Nobody waits for this task; what went wrong is in the log, and the next sweep tries again.
        catch (Exception error)
#pragma warning restore CA1031
        {
            log.SweepFailed(error);
        }
    }

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();
}
