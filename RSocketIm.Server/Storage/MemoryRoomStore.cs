using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace RSocketIm.Server.Storage;

/// <summary>A store that keeps everything in memory and forgets it at exit: for tests, demonstrations and measurements.</summary>
/// <remarks>One lock for everything: a read copies a block of references under it, a commit appends a batch under it.</remarks>
internal sealed class MemoryRoomStore : IRoomStore
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, MemoryLog> logs = new(StringComparer.Ordinal);

    /// <inheritdoc />
    public async IAsyncEnumerable<StoredRoom> LoadRoomsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        StoredRoom[] rooms;
        lock (gate)
        {
            rooms = [.. logs.Values.Select(log => log.ToStored())];
        }

        foreach (StoredRoom room in rooms)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return room;
        }

        await ValueTask.CompletedTask.ConfigureAwait(false);
    }

    /// <inheritdoc />
    public ValueTask CommitAsync(IReadOnlyList<RoomCommit> commits, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (gate)
        {
            // All or nothing: look at everything before anything is changed.
            foreach (RoomCommit commit in commits)
            {
                RequireSuccession(commit);
            }

            foreach (RoomCommit commit in commits)
            {
                (CollectionsMarshal.GetValueRefOrAddDefault(logs, commit.Room.Room, out _) ??= new MemoryLog(commit.Room)).Add(commit);
            }
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<SentEntry?>> FindSendsAsync(IReadOnlyList<SendKey> keys, CancellationToken cancellationToken)
    {
        SentEntry?[] found = new SentEntry?[keys.Count];
        lock (gate)
        {
            for (int i = 0; i < found.Length; i++)
            {
                found[i] = logs.TryGetValue(keys[i].Room, out MemoryLog? log) ? log.Sends.GetValueOrDefault((keys[i].User, keys[i].Id)) : null;
            }
        }

        return ValueTask.FromResult<IReadOnlyList<SentEntry?>>(found);
    }

    /// <inheritdoc />
    public ValueTask<EntryBlock> ReadAfterAsync(string room, long after, BlockLimit limit, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            return ValueTask.FromResult(logs.TryGetValue(room, out MemoryLog? log) ? log.ReadAfter(after, limit) : EntryBlock.Empty);
        }
    }

    /// <inheritdoc />
    public ValueTask<EntryBlock> ReadBeforeAsync(string room, long before, BlockLimit limit, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            return ValueTask.FromResult(logs.TryGetValue(room, out MemoryLog? log) ? log.ReadBefore(before, limit) : EntryBlock.Empty);
        }
    }

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<LogEntry>> ReadTargetingAsync(
        string room, long firstTarget, long lastTarget, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            return ValueTask.FromResult(logs.TryGetValue(room, out MemoryLog? log) ? log.ReadTargeting(firstTarget, lastTarget) : []);
        }
    }

    private void RequireSuccession(RoomCommit commit)
    {
        long next = logs.TryGetValue(commit.Room.Room, out MemoryLog? log) ? log.Room.Head + 1 : 1;
        foreach (LogEntry entry in commit.Entries)
        {
            if (entry.Seq != next)
            {
                throw new InvalidOperationException($"Entry {entry.Seq} of room {commit.Room.Room} does not follow on {next - 1}.");
            }

            next++;
        }

        foreach (LogEntry replaced in commit.Replaced)
        {
            if (replaced.Seq >= next - commit.Entries.Count || log?.Find(replaced.Seq) is null)
            {
                throw new InvalidOperationException($"Room {commit.Room.Room} has no entry {replaced.Seq} to replace.");
            }
        }

        if (commit.Room.Head != next - 1)
        {
            throw new InvalidOperationException($"Room {commit.Room.Room} says its head is {commit.Room.Head}, its entries end at {next - 1}.");
        }
    }
}
