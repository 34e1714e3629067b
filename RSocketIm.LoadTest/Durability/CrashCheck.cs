using System.Globalization;
using RSocketIm.LoadTest.Servers;
using RSocketIm.Protocol;
using RSocketIm.Server.Contracts;

namespace RSocketIm.LoadTest.Durability;

/// <summary>Compares a room, read from its first entry on, with what its senders were told.</summary>
internal static class CrashCheck
{
    /// <summary>Reads and compares.</summary>
    /// <param name="client">Who reads.</param>
    /// <param name="room">The room.</param>
    /// <param name="senders">All who send to it; they rest meanwhile.</param>
    /// <param name="violations">Where to tell of what must not be.</param>
    /// <returns>Entries read.</returns>
    public static async Task<long> RunAsync(LoadClient client, string room, IReadOnlyList<CrashSender> senders, List<string> violations)
    {
        List<RoomEvent> entries = [];
        try
        {
            long head = await client.HeadAsync(room).ConfigureAwait(false);
            await foreach (RoomEvent entry in client.ReadAsync(room, after: 0, head).ConfigureAwait(false))
            {
                entries.Add(entry);
            }
        }
        catch (RSocketException error)
        {
            // What cannot be read is not there.
            violations.Add($"{room}: cannot be read beyond {entries.Count} entries: {error.Message}");
        }

        Compare(room, entries, senders.ToDictionary(static sender => sender.User, static sender => sender.Acknowledged, StringComparer.Ordinal), violations);
        return entries.Count;
    }

    /// <summary>Compares.</summary>
    /// <param name="room">The room's name, for the sentences.</param>
    /// <param name="entries">All that is in it, as it came.</param>
    /// <param name="acknowledged">For each sender the seqs of its messages that were acknowledged: message k's at k.</param>
    /// <param name="violations">Where to tell of what must not be.</param>
    public static void Compare(
        string room, IReadOnlyList<RoomEvent> entries, IReadOnlyDictionary<string, IReadOnlyList<long>> acknowledged, List<string> violations)
    {
        Dictionary<string, List<long>> found = acknowledged.Keys.ToDictionary(static user => user, static _ => new List<long>(), StringComparer.Ordinal);
        long last = 0;
        foreach (RoomEvent entry in entries)
        {
            if (entry.Seq != last + 1)
            {
                violations.Add($"{room}: {entry.Seq} came after {last}.");
            }

            last = entry.Seq;
            if (entry.Type == RoomEventTypes.Gap)
            {
                violations.Add($"{room}: {entry.Seq} to {entry.To} are gone ({entry.Reason}).");
            }
            else if (entry.Type == RoomEventTypes.Message)
            {
                CheckMessage(room, entry, found, violations);
            }
        }

        foreach ((string user, IReadOnlyList<long> seqs) in acknowledged)
        {
            CompareSeqs(room, user, seqs, found[user], violations);
        }
    }

    private static void CheckMessage(string room, RoomEvent entry, Dictionary<string, List<long>> found, List<string> violations)
    {
        if (!found.TryGetValue(entry.From ?? "", out List<long>? own) || entry.Id is not ['m', .. string number]
            || !long.TryParse(number, CultureInfo.InvariantCulture, out long message))
        {
            violations.Add($"{room}: {entry.Seq} is message {entry.Id} of {entry.From}, which nobody sent.");
            return;
        }

        // Message k of a sender is the k-th of that sender: anything else is a loss, a repeat or another order.
        if (message != own.Count)
        {
            violations.Add($"{room}: {entry.Seq} is message {message} of {entry.From}, expected {own.Count}.");
        }

        if (entry.Text != CrashSender.TextOf(entry.From!, message))
        {
            violations.Add($"{room}: {entry.Seq}, message {message} of {entry.From}, has another text than was sent.");
        }

        own.Add(entry.Seq);
    }

    private static void CompareSeqs(string room, string user, IReadOnlyList<long> acknowledged, List<long> found, List<string> violations)
    {
        if (found.Count < acknowledged.Count)
        {
            violations.Add($"{room}: {user} had {acknowledged.Count} messages acknowledged, {found.Count} are there.");
        }

        for (int message = 0; message < Math.Min(found.Count, acknowledged.Count); message++)
        {
            if (found[message] != acknowledged[message])
            {
                violations.Add($"{room}: message {message} of {user} was acknowledged as {acknowledged[message]} and is {found[message]}.");
            }
        }
    }
}
