using Microsoft.Win32.SafeHandles;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Protocol.Streams;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Rooms;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Attachments;

/// <summary>Takes files in and gives them out, for a user whose identity is certain.</summary>
internal sealed class AttachmentDesk(
    RoomDirectory directory, IAttachmentStore store, AttachmentFiles files, AttachmentOptions options, AttachmentMetrics metrics, TimeProvider time, ILogger<AttachmentDesk> log)
{
    private int openUploads;

    /// <summary>Uploads under way.</summary>
    public int OpenUploads => Volatile.Read(ref openUploads);

    /// <summary><c>attachments.upload</c>.</summary>
    /// <param name="user">Who uploads: a member of the room.</param>
    /// <param name="request">What is to come.</param>
    /// <param name="format">The encoding of the answer.</param>
    /// <param name="incoming">Where the chunks come from.</param>
    /// <returns>The answer to come, which must be attached to a stream or released.</returns>
    /// <exception cref="RSocketException"><c>not_found</c>, <c>forbidden</c>, <c>too_large</c> or <c>unavailable</c>.</exception>
    public PayloadSource Upload(string user, UploadRequest request, DataFormat format, InboundStream incoming)
    {
        RequireMember(user, request.Room);
        if (request.Size > options.MaxBytes)
        {
            metrics.FileWasTooLarge();
            throw AttachmentRefusal.TooLarge(request.Size, options.MaxBytes);
        }

        if (Interlocked.Increment(ref openUploads) > options.MaxOpenUploads)
        {
            Interlocked.Decrement(ref openUploads);
            metrics.TooManyUploads();
            throw AttachmentRefusal.Busy(options.MaxOpenUploads);
        }

        try
        {
            return new AttachmentUpload(this, user, request, format, incoming, new IncomingFile(files.NewIncoming()));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Interlocked.Decrement(ref openUploads);
            UploadFailed(error, request.Room);
            throw AttachmentRefusal.NotKept();
        }
    }

    /// <summary><c>attachments.download</c>.</summary>
    /// <param name="user">Who reads the room.</param>
    /// <param name="request">What, and from where.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The chunks, which must be attached to a stream or released.</returns>
    /// <exception cref="RSocketException"><c>not_found</c>, <c>forbidden</c>, <c>bad_request</c> or <c>unavailable</c>.</exception>
    public async Task<PayloadSource> DownloadAsync(string user, DownloadRequest request, CancellationToken cancellationToken)
    {
        Room room = directory.RequireVisible(request.Room, user);
        Rights.RequireRead(room.Record, room.FindMember(user));
        SafeFileHandle file;
        AttachmentRecord? attachment;
        try
        {
            attachment = await store.FindAttachmentAsync(request.Id, cancellationToken).ConfigureAwait(false);
            if (attachment is null || attachment.Room != room.Id)
            {
                throw Refusal.NoSuchAttachment(room.Id, request.Id);
            }

            if (request.Offset < 0 || request.Offset > attachment.Size)
            {
                throw Refusal.OutOfRange("offset", request.Offset, 0, attachment.Size);
            }

            file = files.Open(attachment.Hash);
        }
        catch (Exception error) when (error is not (RSocketException or OperationCanceledException))
        {
            DownloadFailed(error, room.Id, request.Id);
            throw AttachmentRefusal.NotReadable(request.Id);
        }

        return new AttachmentDownload(this, room, user, request.Id, file, attachment.Size, request.Offset);
    }

    /// <summary>Keeps a file that has come: named, known to the store, and durable when this returns.</summary>
    /// <exception cref="RSocketException">It is not what was announced, or the user is no longer a member; nothing was kept.</exception>
    internal async ValueTask<UploadResult> KeepAsync(string user, UploadRequest request, IncomingFile file)
    {
        if (file.Length != request.Size)
        {
            throw AttachmentRefusal.WrongSize(request.Size, file.Length);
        }

        string hash = file.Finish();
        if (request.Sha256 is { } given && !given.Equals(hash, StringComparison.OrdinalIgnoreCase))
        {
            throw AttachmentRefusal.WrongHash(given, hash);
        }

        RequireMember(user, request.Room);
        long now = time.GetUtcNow().ToUnixTimeMilliseconds();
        AttachmentRecord attachment = new(AttachmentIds.Create(), request.Room, hash, request.Name, request.Size, request.Type, user, now);
        using (await files.TakeTurnAsync(hash).ConfigureAwait(false))
        {
            // The file first: a name without a file would be a promise broken, a file without a name is found and removed.
            files.Adopt(file.Path, hash);
            switch (await store.AddAttachmentAsync(attachment, options.RoomBytes > 0 ? options.RoomBytes : long.MaxValue, CancellationToken.None).ConfigureAwait(false))
            {
                case AttachmentAddition.IdTaken:
                    throw new InvalidOperationException("128 random bits came twice.");
                case AttachmentAddition.RoomIsFull:
                    await RemoveUnusedAsync(hash).ConfigureAwait(false);
                    throw RoomIsFull(request);
            }
        }

        metrics.Kept();
        return new UploadResult { Id = attachment.Id, Size = attachment.Size, Sha256 = hash };
    }

    /// <summary>Looks whether a room has space for what is to come, so that nobody sends for nothing.</summary>
    /// <remarks>Takes nothing for it: who is slow keeps nobody else out. Whether there still is space when all has come, <see cref="KeepAsync"/> sees.</remarks>
    /// <exception cref="RSocketException"><c>too_large</c>.</exception>
    internal async ValueTask RequireSpaceAsync(UploadRequest request)
    {
        if (options.RoomBytes == 0)
        {
            return;
        }

        RoomAttachments room = await store.CountRoomAsync(request.Room, request.Sha256?.ToLowerInvariant(), CancellationToken.None).ConfigureAwait(false);
        if (!room.HasContent && request.Size > options.RoomBytes - room.Bytes)
        {
            throw RoomIsFull(request);
        }
    }

    /// <summary>An upload is over.</summary>
    internal void Closed() => Interlocked.Decrement(ref openUploads);

    internal void UploadFailed(Exception error, string room) => log.UploadFailed(error, room);

    internal void DownloadFailed(Exception error, string room, string id) => log.DownloadFailed(error, room, id);

    private RSocketException RoomIsFull(UploadRequest request)
    {
        metrics.RoomWasFull();
        return AttachmentRefusal.RoomIsFull(request.Room, request.Size, options.RoomBytes);
    }

    // In the content's turn; another attachment may have the same.
    private async ValueTask RemoveUnusedAsync(string hash)
    {
        if (!await store.IsContentUsedAsync(hash, CancellationToken.None).ConfigureAwait(false))
        {
            files.Delete(hash);
        }
    }

    private void RequireMember(string user, string room)
    {
        Room found = directory.RequireVisible(room, user);
        Rights.RequireMember(found.Record, found.FindMember(user));
    }
}
