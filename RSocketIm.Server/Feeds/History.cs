using RSocketIm.Protocol;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Rooms;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Feeds;

/// <summary>Pages of a room's past as a person wants to see it: each message as it stands now, not how it came to be.</summary>
internal sealed class History(IRoomStore store, ILogger<History> log)
{
    private readonly LogReader reader = new(store);

    /// <summary>Reads a page as of now; the caller has checked the rights.</summary>
    /// <param name="room">The room.</param>
    /// <param name="before">Only entries before this seq, 0..head + 1; null: no bound.</param>
    /// <param name="after">Only entries after this seq, 0..head, beginning with the oldest; null: the newest.</param>
    /// <param name="limit">Most events, 1..500.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="RSocketException"><c>bad_request</c>, or <c>unavailable</c> when the store fails.</exception>
    public async ValueTask<HistoryPage> ReadAsync(Room room, long? before, long? after, int limit, CancellationToken cancellationToken)
    {
        long head = room.Head;
        RequireRange("before", before ?? 0, 0, head + 1);
        RequireRange("after", after ?? 0, 0, head);
        try
        {
            // One more than asked for tells whether there is more.
            List<LogEntry> entries = after is null
                ? await ReadNewestAsync(room, before ?? head + 1, limit + 1, cancellationToken).ConfigureAwait(false)
                : await ReadOldestAsync(room, after.Value, (before - 1) ?? head, limit + 1, cancellationToken).ConfigureAwait(false);
            bool more = entries.Count > limit;
            if (more)
            {
                entries.RemoveAt(after is null ? 0 : limit);
            }

            return new HistoryPage
            {
                Room = room.Id,
                Epoch = room.Record.Epoch,
                Head = head,
                Events = await FoldAsync(room, entries, head, cancellationToken).ConfigureAwait(false),
                More = more,
            };
        }
        catch (Exception error) when (error is not (OperationCanceledException or RSocketException))
        {
            log.HistoryFailed(error, room.Id);
            throw Refusal.StoreUnreadable(room.Id);
        }
    }

    private static void RequireRange(string key, long given, long least, long most)
    {
        if (given < least || given > most)
        {
            throw Refusal.OutOfRange(key, given, least, most);
        }
    }

    private static bool IsShown(LogEntry entry) => entry.Kind is EntryKind.Message or EntryKind.Redacted or EntryKind.Member or EntryKind.Room;

    private async ValueTask<List<LogEntry>> ReadNewestAsync(Room room, long before, int count, CancellationToken cancellationToken)
    {
        List<LogEntry> shown = [];
        while (before > room.FirstSeq && shown.Count < count)
        {
            IReadOnlyList<LogEntry> step = await reader.ReadBeforeAsync(room, before, cancellationToken).ConfigureAwait(false);
            shown.AddRange(step.Reverse().Where(IsShown).Take(count - shown.Count));
            before = step.Count == 0 ? before : step[0].Seq;
        }

        if (before > 1 && before <= room.FirstSeq && shown.Count < count)
        {
            shown.Add(GapEntry.Create(room, 1, before - 1));
        }

        shown.Reverse();
        return shown;
    }

    private async ValueTask<List<LogEntry>> ReadOldestAsync(Room room, long after, long last, int count, CancellationToken cancellationToken)
    {
        List<LogEntry> shown = [];
        while (after < last && shown.Count < count)
        {
            long first = room.FirstSeq;
            if (after + 1 < first)
            {
                long to = Math.Min(first - 1, last);
                shown.Add(GapEntry.Create(room, after + 1, to));
                after = to;
                continue;
            }

            IReadOnlyList<LogEntry> step = await reader.ReadAfterAsync(room, after, last, cancellationToken).ConfigureAwait(false);
            shown.AddRange(step.Where(IsShown).Take(count - shown.Count));
            after = step.Count == 0 ? after : step[^1].Seq;
        }

        return shown;
    }

    private async ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>> FoldAsync(
        Room room, List<LogEntry> entries, long head, CancellationToken cancellationToken)
    {
        if (entries.Count == 0)
        {
            return [];
        }

        IReadOnlyList<LogEntry> changes = await store
            .ReadTargetingAsync(room.Id, entries[0].Seq, entries[^1].Seq, cancellationToken).ConfigureAwait(false);
        ILookup<long, LogEntry> byTarget = changes.Where(change => change.Seq <= head).ToLookup(change => change.Target);

        // Most messages are as they were sent, and go out as the bytes they are.
        return [.. entries.Select(entry => entry.Kind != EntryKind.Gap && byTarget.Contains(entry.Seq) ? Fold(entry, byTarget[entry.Seq]) : entry.Bytes)];
    }

    private static ReadOnlyMemory<byte> Fold(LogEntry message, IEnumerable<LogEntry> changes) =>
        LogEntry.Encode(MessageFold.Apply(message.Decode(), changes.Select(change => change.Decode()))).Bytes;
}
