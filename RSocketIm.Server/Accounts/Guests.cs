using RSocketIm.Server.Configuration;

namespace RSocketIm.Server.Accounts;

/// <summary>Guests and their names: a name belongs to its token as long as that is valid; a free one to whoever says it.</summary>
/// <remarks>
/// Names that tokens hold are in the store: an account and a guest who want the same name are judged in one transaction,
/// and after a restart a name is still its token's.
/// </remarks>
internal sealed class Guests(AuthSettings settings, ServerState state, AccountDesk desk)
{
    /// <summary>Whether guests may come in at all.</summary>
    public bool AreAllowed => settings.AllowGuests ?? state.IsLoopback;

    /// <inheritdoc cref="AccountDesk.TryHoldAsync"/>
    public ValueTask<bool> TryHoldAsync(Token token, CancellationToken cancellationToken) => desk.TryHoldAsync(token, cancellationToken);

    /// <inheritdoc cref="AccountDesk.IsFreeAsync"/>
    public ValueTask<bool> IsFreeAsync(string user, CancellationToken cancellationToken) => desk.IsFreeAsync(user, cancellationToken);
}
