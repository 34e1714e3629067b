using System.Buffers.Text;
using System.Security.Cryptography;
using RSocketIm.Protocol;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Diagnostics;

namespace RSocketIm.Server.Accounts;

/// <summary>What stands for a token in an address, where a browser can set no header: good once, for half a minute, and for nothing after that.</summary>
/// <remarks>Kept in memory, and by this server only: a ticket is shown to the server that gave it.</remarks>
internal sealed class Tickets(TimeProvider time, LimitMetrics metrics)
{
    /// <summary>How long a ticket is good.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(30);

    /// <summary>Most tickets that nobody has used yet, some 250 bytes each.</summary>
    public const int MaxWaiting = 10_000;

    /// <summary>Most of them that one user has: a page with a tab for each room asks for so many when the network is back.</summary>
    public const int MaxWaitingPerUser = 32;

    private readonly Lock gate = new();
    private readonly Dictionary<string, LinkedListNode<Waiting>> waiting = new(StringComparer.Ordinal);
    private readonly LinkedList<Waiting> order = new(); // all are forgotten after the same time, so the oldest first
    private readonly Dictionary<string, int> byUser = new(StringComparer.Ordinal);

    /// <summary>Gives a ticket to somebody who has shown a token.</summary>
    /// <param name="identity">Who, and until when: the ticket is not good for longer, nor is what it opens.</param>
    /// <exception cref="RSocketException"><c>rate_limited</c> or <c>unavailable</c>: there are too many.</exception>
    public TicketAnswer Issue(Identity identity)
    {
        string ticket = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        DateTimeOffset now = time.GetUtcNow();
        DateTimeOffset until = identity.Expires is { } end && end < now + Lifetime ? end : now + Lifetime;
        lock (gate)
        {
            Forget(now);
            int mine = byUser.GetValueOrDefault(identity.User);
            if (mine >= MaxWaitingPerUser)
            {
                metrics.Hit(ServerLimit.Tickets);
                throw ContractError.RateLimited.ToException($"{mine} of your tickets have not been used; each is forgotten after {Lifetime.TotalSeconds} s.");
            }

            if (waiting.Count >= MaxWaiting)
            {
                metrics.Hit(ServerLimit.Tickets);
                throw ContractError.Unavailable.ToException("The server has given out all the tickets it can; try again in a moment.");
            }

            waiting.Add(ticket, order.AddLast(new Waiting(ticket, identity, until, now + Lifetime)));
            byUser[identity.User] = mine + 1;
        }

        return new TicketAnswer { Ticket = ticket, ExpiresAt = until.ToUnixTimeMilliseconds() };
    }

    /// <summary>Takes a ticket, which is worth nothing afterwards.</summary>
    /// <returns>Whose it was; null when there is no such ticket, any more.</returns>
    public Identity? Take(string ticket)
    {
        DateTimeOffset now = time.GetUtcNow();
        lock (gate)
        {
            Forget(now);
            return Remove(ticket) is { } found && found.Until > now ? found.Identity : null;
        }
    }

    // Gate held.
    private void Forget(DateTimeOffset now)
    {
        while (order.First is { } oldest && oldest.Value.ForgottenAt <= now)
        {
            Remove(oldest.Value.Ticket);
        }
    }

    private Waiting? Remove(string ticket)
    {
        if (!waiting.Remove(ticket, out LinkedListNode<Waiting>? found))
        {
            return null;
        }

        order.Remove(found);
        string user = found.Value.Identity.User;
        if (--byUser[user] == 0)
        {
            byUser.Remove(user);
        }

        return found.Value;
    }

    private sealed record Waiting(string Ticket, Identity Identity, DateTimeOffset Until, DateTimeOffset ForgottenAt);
}
