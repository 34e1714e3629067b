namespace RSocketIm.Server.Storage.Sqlite;

/// <inheritdoc />
internal sealed class SqliteAttachments(LogWriter writer, ReadPool<LogReads> pool) : IAttachmentStore
{
    private const string RoomBytes = "SELECT bytes FROM attachment_rooms WHERE room = ?1";
    private const string RoomHasContent = "SELECT 1 FROM attachments WHERE room = ?1 AND hash = ?2";
    private const string Columns = "SELECT id, room, hash, name, size, type, uploaded_by, created_at FROM attachments";

    /// <inheritdoc />
    public ValueTask<AttachmentAddition> AddAttachmentAsync(AttachmentRecord attachment, long roomBytes, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return writer.RunAsync(log =>
        {
            // On the writer's thread: what other additions of this transaction took is counted too.
            bool adds = log.Get(RoomHasContent).Bind(1, attachment.Room).Bind(2, attachment.Hash).ReadLong() is null;
            if (adds && attachment.Size > roomBytes - (log.Get(RoomBytes).Bind(1, attachment.Room).ReadLong() ?? 0))
            {
                return AttachmentAddition.RoomIsFull;
            }

            int added = log.Get("INSERT OR IGNORE INTO attachments VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")
                .Bind(1, attachment.Id).Bind(2, attachment.Room).Bind(3, attachment.Hash).Bind(4, attachment.Name).Bind(5, attachment.Size)
                .Bind(6, attachment.Type).Bind(7, attachment.UploadedBy).Bind(8, attachment.CreatedAt).Execute();
            if (adds && added == 1)
            {
                AddToRoom(log, attachment.Room, attachment.Size);
            }

            return added == 1 ? AttachmentAddition.Added : AttachmentAddition.IdTaken;
        });
    }

    /// <inheritdoc />
    public ValueTask<RoomAttachments> CountRoomAsync(string room, string? hash, CancellationToken cancellationToken) => pool.RunAsync(
        (room, hash),
        static (reads, ask) => new RoomAttachments(
            reads.Get(RoomBytes).Bind(1, ask.room).ReadLong() ?? 0,
            ask.hash is not null && reads.Get(RoomHasContent).Bind(1, ask.room).Bind(2, ask.hash).ReadLong() is not null),
        cancellationToken);

    /// <inheritdoc />
    public ValueTask<AttachmentRecord?> FindAttachmentAsync(string id, CancellationToken cancellationToken) => pool.RunAsync(
        id, static (reads, id) => ReadAll(reads.Get($"{Columns} WHERE id = ?1").Bind(1, id)).FirstOrDefault(), cancellationToken);

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<AttachmentRecord>> ListUnusedAttachmentsAsync(long createdBefore, int limit, CancellationToken cancellationToken) =>
        pool.RunAsync<(long Before, int Limit), IReadOnlyList<AttachmentRecord>>(
            (createdBefore, limit),
            static (reads, ask) => ReadAll(reads.Get($"""
                {Columns} WHERE created_at < ?1 AND NOT EXISTS (SELECT 1 FROM attachment_uses u WHERE u.id = attachments.id)
                ORDER BY created_at LIMIT ?2
                """).Bind(1, ask.Before).Bind(2, ask.Limit)),
            cancellationToken);

    /// <inheritdoc />
    public ValueTask<string?> RemoveAttachmentAsync(string id, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return writer.RunAsync<string?>(log =>
        {
            List<AttachmentRecord> found = ReadAll(
                log.Get($"{Columns} WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM attachment_uses u WHERE u.id = ?1)").Bind(1, id));
            if (found.Count == 0)
            {
                return null;
            }

            log.Get("DELETE FROM attachments WHERE id = ?1").Bind(1, id).Execute();
            if (log.Get(RoomHasContent).Bind(1, found[0].Room).Bind(2, found[0].Hash).ReadLong() is null)
            {
                AddToRoom(log, found[0].Room, -found[0].Size);
            }

            return log.Get("SELECT 1 FROM attachments WHERE hash = ?1").Bind(1, found[0].Hash).ReadLong() is null ? found[0].Hash : null;
        });
    }

    /// <inheritdoc />
    public ValueTask<bool> IsContentUsedAsync(string hash, CancellationToken cancellationToken) => pool.RunAsync(
        hash, static (reads, hash) => reads.Get("SELECT 1 FROM attachments WHERE hash = ?1").Bind(1, hash).ReadLong() is not null, cancellationToken);

    private static void AddToRoom(LogStatements log, string room, long bytes) => log.Get(
        "INSERT INTO attachment_rooms VALUES (?1, ?2) ON CONFLICT DO UPDATE SET bytes = bytes + excluded.bytes").Bind(1, room).Bind(2, bytes).Execute();

    private static List<AttachmentRecord> ReadAll(Statement select)
    {
        List<AttachmentRecord> found = [];
        while (select.Step())
        {
            found.Add(new AttachmentRecord(
                select.Text(0), select.Text(1), select.Text(2), select.Text(3), select.Long(4), select.Text(5), select.Text(6), select.Long(7)));
        }

        return found;
    }
}
