using RSocketIm.Protocol;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Rooms;

/// <summary>How far users have read rooms: kept in memory with the rooms, written to the store, told to who listens.</summary>
/// <remarks>
/// What is read while one write runs is one write: the latest seq per user and room, however often it moved. A receipt
/// is no entry of a log; it is answered and told when it is durable.
/// </remarks>
internal sealed class Receipts(RoomDirectory directory, IReceiptStore store, ILogger<Receipts> log)
{
    // As many keys as one question to the store may have.
    private const int LoadStep = 1000;

    private readonly Lock gate = new();
    private Batch? pending;
    private Task? writing;

    /// <summary>Raised, one call at a time, when receipts are durable and visible.</summary>
    /// <remarks>Handlers must be quick and must not throw.</remarks>
    public event Action<Room, string, long>? Moved;

    /// <summary>Reads the receipts of all rooms' members, at start.</summary>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        foreach (Room room in directory.Rooms)
        {
            foreach (MemberRecord[] members in room.Members().Chunk(LoadStep))
            {
                (string, string)[] keys = [.. members.Select(member => (room.Id, member.User))];
                IReadOnlyList<long> readSeqs = await store.FindReceiptsAsync(keys, cancellationToken).ConfigureAwait(false);
                for (int i = 0; i < members.Length; i++)
                {
                    if (readSeqs[i] > 0)
                    {
                        room.MoveReceipt(members[i].User, readSeqs[i]);
                    }
                }
            }
        }
    }

    /// <summary>Says that a member has read up to a seq, and answers when that is durable.</summary>
    /// <param name="user">The member.</param>
    /// <param name="room">The room's id.</param>
    /// <param name="seq">Up to where, 0..head.</param>
    /// <returns>How far the user has read now: never less than before.</returns>
    /// <exception cref="RSocketException"><c>not_found</c>, <c>forbidden</c>, <c>bad_request</c> beyond the head, or <c>unavailable</c>. The first three are thrown at once.</exception>
    public Task<long> ReadAsync(string user, string room, long seq)
    {
        Room found = directory.RequireVisible(room, user);
        Rights.RequireMember(found.Record, found.FindMember(user));
        long head = found.Head;
        if (seq < 0 || seq > head)
        {
            throw Refusal.OutOfRange("seq", seq, 0, head);
        }

        long known = found.ReadSeqOf(user);
        return seq <= known ? Task.FromResult(known) : WriteAsync(found, user, seq);
    }

    /// <summary>As <see cref="ReadAsync"/>, for who does not want an answer; a failure of the store is in the log.</summary>
    /// <exception cref="RSocketException"><c>not_found</c>, <c>forbidden</c> or <c>bad_request</c>.</exception>
    public void Read(string user, string room, long seq) => _ = ReadAsync(user, room, seq);

    /// <summary>Ends when everything that has been read is written.</summary>
    public Task DrainAsync()
    {
        lock (gate)
        {
            return writing ?? Task.CompletedTask;
        }
    }

    private async Task<long> WriteAsync(Room room, string user, long seq)
    {
        Batch batch;
        lock (gate)
        {
            batch = pending ??= new Batch();
            batch.ReadSeqs[(room, user)] = Math.Max(seq, batch.ReadSeqs.GetValueOrDefault((room, user)));
            writing ??= Task.Run(WriteAllAsync);
        }

        if (!await batch.Written.Task.ConfigureAwait(false))
        {
            throw Refusal.StoreFailed();
        }

        return room.ReadSeqOf(user);
    }

    private async Task WriteAllAsync()
    {
        while (Take() is { } batch)
        {
            bool written = false;
            try
            {
                ReceiptRecord[] receipts = [.. batch.ReadSeqs.Select(each => new ReceiptRecord(each.Key.Room.Id, each.Key.User, each.Value))];
                await store.SetReceiptsAsync(receipts, CancellationToken.None).ConfigureAwait(false);
                Publish(batch);
                written = true;
            }
            catch (Exception error)
            {
                log.ReceiptsFailed(error, batch.ReadSeqs.Count);
            }

            batch.Written.SetResult(written);
        }
    }

    private Batch? Take()
    {
        lock (gate)
        {
            Batch? batch = pending;
            pending = null;
            if (batch is null)
            {
                writing = null;
            }

            return batch;
        }
    }

    private void Publish(Batch batch)
    {
        foreach (((Room room, string user), long seq) in batch.ReadSeqs)
        {
            if (room.MoveReceipt(user, seq))
            {
                Moved?.Invoke(room, user, seq);
            }
        }
    }

    private sealed class Batch
    {
        public Dictionary<(Room Room, string User), long> ReadSeqs { get; } = [];

        public TaskCompletionSource<bool> Written { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
