using RSocketIm.Protocol;
using RSocketIm.Server.Configuration;
using RSocketIm.Server.Contracts;

namespace RSocketIm.Server.Accounts;

/// <summary>Guests and their names: a name belongs to its token as long as that is valid; a free one to whoever says it.</summary>
/// <remarks>
/// Kept in memory: after a restart a name is free until its token is shown again, which then takes it back unless
/// somebody was faster. Which names are whose matters only among guests, who are nobody in particular.
/// </remarks>
internal sealed class Guests(AuthSettings settings, ServerState state, TimeProvider time)
{
    // About 150 bytes each. Beyond it no names are given out until some are free again.
    internal const int MaxNames = 100_000;

    private readonly Lock gate = new();
    private readonly Dictionary<string, Token> holders = new(StringComparer.Ordinal);
    private readonly PriorityQueue<Token, DateTimeOffset> byExpiry = new();

    /// <summary>Whether guests may come in at all.</summary>
    public bool AreAllowed => settings.AllowGuests ?? state.IsLoopback;

    /// <summary>Reserves a name for a token, or confirms that it is that token's already.</summary>
    /// <returns>False when another token holds the name.</returns>
    /// <exception cref="RSocketException"><c>unavailable</c>: too many names are reserved.</exception>
    public bool TryHold(Token token)
    {
        lock (gate)
        {
            ReleaseExpired();
            if (holders.TryGetValue(token.User, out Token? holder))
            {
                return holder.Id == token.Id;
            }

            if (holders.Count >= MaxNames)
            {
                throw ContractError.Unavailable.ToException($"{MaxNames} guests hold a name already; try again later.");
            }

            holders.Add(token.User, token);
            byExpiry.Enqueue(token, token.Expires);
            return true;
        }
    }

    /// <summary>Whether no token holds the name.</summary>
    public bool IsFree(string user)
    {
        lock (gate)
        {
            ReleaseExpired();
            return !holders.ContainsKey(user);
        }
    }

    private void ReleaseExpired()
    {
        DateTimeOffset now = time.GetUtcNow();
        while (byExpiry.TryPeek(out Token? oldest, out DateTimeOffset expires) && expires <= now)
        {
            byExpiry.Dequeue();
            holders.Remove(oldest.User);
        }
    }
}
