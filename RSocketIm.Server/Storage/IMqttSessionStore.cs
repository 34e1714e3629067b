namespace RSocketIm.Server.Storage;

/// <summary>Keeps sessions of MQTT: rows while nobody is connected, and nothing else. Changes are on disk when they are answered.</summary>
internal interface IMqttSessionStore
{
    /// <summary>The session of this name, also one that has expired and is not forgotten yet, or null.</summary>
    /// <returns>With it, when it expires, in Unix milliseconds; <see cref="long.MaxValue"/>: never, or somebody is connected.</returns>
    ValueTask<(StoredMqttSession Session, long ExpiresAt)?> FindSessionAsync(string user, string client, CancellationToken cancellationToken);

    /// <summary>How many sessions a user has.</summary>
    ValueTask<long> CountSessionsAsync(string user, CancellationToken cancellationToken);

    /// <summary>Adds a session, in the place of the one of its name.</summary>
    /// <returns>Its number.</returns>
    ValueTask<long> AddSessionAsync(MqttSessionRecord session, CancellationToken cancellationToken);

    /// <summary>Writes what happened to a session; one that is not there any more stays away.</summary>
    /// <remarks>Calls are written in the order in which they are made, and before commits of rooms that begin later.</remarks>
    ValueTask WriteSessionAsync(long number, MqttSessionChanges changes, CancellationToken cancellationToken);

    /// <summary>A client is connected, and asks for this will and this expiry: it will not expire meanwhile.</summary>
    /// <param name="number">The session.</param>
    /// <param name="expirySeconds">How long it is to outlive the connection.</param>
    /// <param name="will">What to publish when the server ends without being able to say so; null: nothing.</param>
    /// <param name="cancellationToken">Ends the wait where nothing has been written yet.</param>
    ValueTask AttachSessionAsync(long number, uint expirySeconds, byte[]? will, CancellationToken cancellationToken);

    /// <summary>Nobody is connected any more.</summary>
    /// <param name="number">The session.</param>
    /// <param name="expirySeconds">How long it outlives the connection.</param>
    /// <param name="expiresAt">When it expires, in Unix milliseconds; <see cref="long.MaxValue"/>: never.</param>
    /// <param name="keepWill">Whether its will is still to be published.</param>
    /// <param name="cancellationToken">Ends the wait where nothing has been written yet.</param>
    ValueTask DetachSessionAsync(long number, uint expirySeconds, long expiresAt, bool keepWill, CancellationToken cancellationToken);

    /// <summary>Its will is published, or not wanted any more.</summary>
    ValueTask DropWillAsync(long number, CancellationToken cancellationToken);

    /// <summary>Removes a session.</summary>
    ValueTask RemoveSessionAsync(long number, CancellationToken cancellationToken);

    /// <summary>At start, before anybody is connected: sessions that were connected when the server ended begin to expire now.</summary>
    /// <returns>Sessions whose will has not been published.</returns>
    ValueTask<IReadOnlyList<(long Number, MqttSessionRecord Session, byte[] Will)>> RecoverSessionsAsync(long now, CancellationToken cancellationToken);

    /// <summary>Removes sessions that have expired.</summary>
    /// <param name="now">Unix milliseconds.</param>
    /// <param name="limit">Most of them.</param>
    /// <param name="cancellationToken">Ends the wait where nothing has been written yet.</param>
    /// <returns>How many.</returns>
    ValueTask<int> ExpireSessionsAsync(long now, int limit, CancellationToken cancellationToken);
}
