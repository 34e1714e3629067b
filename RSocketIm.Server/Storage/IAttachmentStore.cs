namespace RSocketIm.Server.Storage;

/// <summary>Keeps what is known of attachments. Which messages use them comes with commits (<see cref="RoomCommit.Attachments"/>), and goes with deletes and retention.</summary>
internal interface IAttachmentStore
{
    /// <summary>Adds an attachment whose bytes are on disk.</summary>
    /// <param name="attachment">The attachment.</param>
    /// <param name="roomBytes">Most bytes of different contents that its room may have with it. Judged where additions come one after the other, so that no two of them use the same space.</param>
    /// <param name="cancellationToken">Ends the wait where nothing has been written yet.</param>
    ValueTask<AttachmentAddition> AddAttachmentAsync(AttachmentRecord attachment, long roomBytes, CancellationToken cancellationToken);

    /// <summary>What the attachments of a room take, at constant cost.</summary>
    /// <param name="room">The room.</param>
    /// <param name="hash">A content to look for, or null.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<RoomAttachments> CountRoomAsync(string room, string? hash, CancellationToken cancellationToken);

    /// <summary>The attachment of this id, or null.</summary>
    ValueTask<AttachmentRecord?> FindAttachmentAsync(string id, CancellationToken cancellationToken);

    /// <summary>Attachments that no message uses.</summary>
    /// <param name="createdBefore">Only older ones, in Unix milliseconds: who has just uploaded is about to send.</param>
    /// <param name="limit">Most of them.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<IReadOnlyList<AttachmentRecord>> ListUnusedAttachmentsAsync(long createdBefore, int limit, CancellationToken cancellationToken);

    /// <summary>Forgets an attachment unless a message uses it.</summary>
    /// <returns>The hash of bytes that nothing refers to any more, and that the caller removes; null when there is none.</returns>
    ValueTask<string?> RemoveAttachmentAsync(string id, CancellationToken cancellationToken);

    /// <summary>Whether any attachment has this content.</summary>
    ValueTask<bool> IsContentUsedAsync(string hash, CancellationToken cancellationToken);
}
