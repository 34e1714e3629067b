using System.Globalization;
using RSocketIm.LoadTest.Servers;
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
        Dictionary<string, List<long>> found = senders.ToDictionary(static sender => sender.User, static _ => new List<long>(), StringComparer.Ordinal);
        long head = await client.HeadAsync(room).ConfigureAwait(false);
        long last = 0;
        await foreach (RoomEvent entry in client.ReadAsync(room, after: 0, head).ConfigureAwait(false))
        {
            if (entry.Seq != last + 1)
            {
                violations.Add($"{room}: {entry.Seq} came after {last}.");
            }

            last = entry.Seq;
            if (entry.Type != RoomEventTypes.Message)
            {
                continue;
            }

            // Message k of a sender is the k-th of that sender: anything else is a loss, a repeat or another order.
            List<long> own = found[entry.From!];
            long message = long.Parse(entry.Id.AsSpan(1), CultureInfo.InvariantCulture);
            if (message != own.Count)
            {
                violations.Add($"{room}: {entry.Seq} is message {message} of {entry.From}, expected {own.Count}.");
            }

            own.Add(entry.Seq);
        }

        foreach (CrashSender sender in senders)
        {
            Compare(room, sender, found[sender.User], violations);
        }

        return last;
    }

    private static void Compare(string room, CrashSender sender, List<long> found, List<string> violations)
    {
        if (found.Count < sender.Acknowledged.Count)
        {
            violations.Add($"{room}: {sender.User} had {sender.Acknowledged.Count} messages acknowledged, {found.Count} are there.");
        }

        for (int message = 0; message < Math.Min(found.Count, sender.Acknowledged.Count); message++)
        {
            if (found[message] != sender.Acknowledged[message])
            {
                violations.Add($"{room}: message {message} of {sender.User} was acknowledged as {sender.Acknowledged[message]} and is {found[message]}.");
            }
        }
    }
}
