using RSocketIm.Server.Storage;
using RSocketIm.Server.Storage.Sqlite;
using RSocketIm.Tests.Server.TestKit;

namespace RSocketIm.Tests.Server.Storage.Sqlite;

public sealed class MqttSessionStoreTests : IAsyncLifetime, IDisposable
{
    private static readonly MqttCursorKey Key = new("chat/+", "lobby", 0);

    private readonly DataDirectory directory = new();
    private SqliteRoomStore store = null!;

    private IMqttSessionStore Sessions => store.MqttSessions;

    public Task InitializeAsync()
    {
        store = directory.Open();
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await store.DisposeAsync();

    public void Dispose() => directory.Dispose();

    [Fact]
    public async Task Session_ComesBackAsItWas_AlsoAfterARestart()
    {
        long number = await Sessions.AddSessionAsync(new MqttSessionRecord("ann", "phone", "tag", 60), default);
        MqttSessionChanges changes = new();
        changes.Subscribed.Add(new MqttSubscriptionRecord("chat/+", 0x12, 7));
        changes.Cursors[Key] = new MqttCursorRecord(Key, "e1", 42);
        changes.Sent.Add(new MqttInFlightRecord(2, 1, Key, 41, 1, Retained: true, Released: false));
        changes.Sent.Add(new MqttInFlightRecord(1, 2, Key, 42, 2, Retained: false, Released: false));
        changes.Received.Add(new MqttReceivedRecord(9, "tag.1"));
        await Sessions.WriteSessionAsync(number, changes, default);
        MqttSessionChanges released = new();
        released.Released.Add(1);
        await Sessions.WriteSessionAsync(number, released, default);

        await store.DisposeAsync();
        store = directory.Open();

        StoredMqttSession session = (await Sessions.FindSessionAsync("ann", "phone", default))!.Value.Session;
        Assert.Equal((number, new MqttSessionRecord("ann", "phone", "tag", 60)), (session.Number, session.Session));
        Assert.Equal([new MqttSubscriptionRecord("chat/+", 0x12, 7)], session.Subscriptions);
        Assert.Equal([new MqttCursorRecord(Key, "e1", 42)], session.Cursors);
        Assert.Equal([new MqttInFlightRecord(2, 1, Key, 41, 1, true, false), new MqttInFlightRecord(1, 2, Key, 42, 2, false, true)], session.InFlight);
        Assert.Equal([new MqttReceivedRecord(9, "tag.1")], session.Received);
    }

    [Fact]
    public async Task WhatIsOver_IsForgotten()
    {
        long number = await Sessions.AddSessionAsync(new MqttSessionRecord("ann", "phone", "tag", 60), default);
        MqttSessionChanges changes = new();
        changes.Subscribed.Add(new MqttSubscriptionRecord("chat/+", 1, 0));
        changes.Cursors[Key] = new MqttCursorRecord(Key, "e1", 42);
        changes.Sent.Add(new MqttInFlightRecord(1, 1, Key, 41, 1, false, false));
        changes.Received.Add(new MqttReceivedRecord(9, "tag.1"));
        await Sessions.WriteSessionAsync(number, changes, default);
        MqttSessionChanges over = new();
        over.Unsubscribed.Add("chat/+");
        over.Completed.Add(1);
        over.Forgotten.Add(9);
        await Sessions.WriteSessionAsync(number, over, default);

        StoredMqttSession session = (await Sessions.FindSessionAsync("ann", "phone", default))!.Value.Session;
        Assert.Equal((0, 0, 0, 0), (session.Subscriptions.Count, session.Cursors.Count, session.InFlight.Count, session.Received.Count));
    }

    [Fact]
    public async Task Session_OfTheSameNameOfAnotherUser_IsAnother_AndANewOneTakesThePlaceOfTheOld()
    {
        long ann = await Sessions.AddSessionAsync(new MqttSessionRecord("ann", "phone", "a", 60), default);
        long bob = await Sessions.AddSessionAsync(new MqttSessionRecord("bob", "phone", "b", 60), default);
        long again = await Sessions.AddSessionAsync(new MqttSessionRecord("ann", "phone", "c", 60), default);

        Assert.Equal(3, new[] { ann, bob, again }.Distinct().Count());
        Assert.Equal((1L, 1L), (await Sessions.CountSessionsAsync("ann", default), await Sessions.CountSessionsAsync("bob", default)));
        Assert.Equal("c", (await Sessions.FindSessionAsync("ann", "phone", default))!.Value.Session.Session.Tag);
    }

    [Fact]
    public async Task Session_ExpiresAfterItsTime_AndNotWhileSomebodyIsConnected()
    {
        long gone = await Sessions.AddSessionAsync(new MqttSessionRecord("ann", "gone", "a", 60), default);
        long kept = await Sessions.AddSessionAsync(new MqttSessionRecord("ann", "kept", "b", uint.MaxValue), default);
        await Sessions.AddSessionAsync(new MqttSessionRecord("ann", "here", "c", 60), default);
        await Sessions.DetachSessionAsync(gone, 60, 1_000, keepWill: false, default);
        await Sessions.DetachSessionAsync(kept, uint.MaxValue, long.MaxValue, keepWill: false, default);

        Assert.Equal(0, await Sessions.ExpireSessionsAsync(1_000, 10, default));
        Assert.Equal(1, await Sessions.ExpireSessionsAsync(1_001, 10, default));
        Assert.Equal(2, await Sessions.CountSessionsAsync("ann", default));
    }

    [Fact]
    public async Task Recovery_LetsSessionsOfBeforeExpire_AndTellsOfTheirWills()
    {
        long mortal = await Sessions.AddSessionAsync(new MqttSessionRecord("ann", "mortal", "a", 60), default);
        await Sessions.AddSessionAsync(new MqttSessionRecord("ann", "other", "b", 60), default);
        await Sessions.AttachSessionAsync(mortal, 60, [1, 2, 3], default);

        (long number, MqttSessionRecord session, byte[] will) = Assert.Single(await Sessions.RecoverSessionsAsync(5_000, default));
        Assert.Equal((mortal, "mortal"), (number, session.Client));
        Assert.Equal([1, 2, 3], will);
        Assert.Equal(1, await Sessions.ExpireSessionsAsync(65_001, 10, default));
        await Sessions.DropWillAsync(mortal, default);
        Assert.Equal(1, await Sessions.ExpireSessionsAsync(65_001, 10, default));
    }
}
