using Microsoft.Win32.SafeHandles;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Streams;
using RSocketIm.Server.Rooms;

namespace RSocketIm.Server.Attachments;

/// <summary>One <c>attachments.download</c>: chunks of the file, each read when the reader has credit for it.</summary>
/// <remarks>
/// A pull that finds nothing has the next chunk read, on the thread pool, and is asked again when it is there: the write
/// loop never waits for the disk. One buffer of 64 KiB, which exists from the first pull to the end.
/// </remarks>
internal sealed class AttachmentDownload : PayloadSource
{
    /// <summary>Largest chunk, in bytes: the contract's 64 KiB.</summary>
    internal const int ChunkBytes = 64 << 10;

    private readonly Lock gate = new();
    private readonly AttachmentDesk desk;
    private readonly Room room;
    private readonly string user;
    private readonly string id;
    private readonly SafeFileHandle file;
    private readonly long size;
    private byte[]? buffer;
    private long offset;
    private int ready;
    private bool reading;
    private bool over;

    /// <summary>Opens the download; the file is its own from now on.</summary>
    internal AttachmentDownload(AttachmentDesk desk, Room room, string user, string id, SafeFileHandle file, long size, long offset)
    {
        this.desk = desk;
        this.room = room;
        this.user = user;
        this.id = id;
        this.file = file;
        this.size = size;
        this.offset = offset;
    }

    protected override void Attached()
    {
        if (offset == size)
        {
            SignalComplete();
        }
    }

    protected override PullStatus TryPull(out Payload payload)
    {
        payload = default;

        // Asked at every chunk: who is put out of a room reads at most one more.
        if (!Rights.CanRead(room.Record.Kind, room.FindMember(user)))
        {
            throw Refusal.NoLongerReadable(room.Id);
        }

        lock (gate)
        {
            if (ready == 0)
            {
                if (offset == size)
                {
                    return PullStatus.Complete;
                }

                if (!reading)
                {
                    reading = true;
                    _ = Task.Run(ReadAsync);
                }

                return PullStatus.Idle;
            }

            // Stays as it is until the next pull, which has the next chunk read into it.
            payload = new Payload(buffer.AsMemory(0, ready));
            offset += ready;
            ready = 0;
            return offset == size ? PullStatus.NextAndComplete : PullStatus.Next;
        }
    }

    protected override void Release()
    {
        lock (gate)
        {
            over = true;
            if (reading)
            {
                return;
            }
        }

        file.Dispose();
    }

    private async Task ReadAsync()
    {
        int length = 0;
        RSocketException? failure = null;
        try
        {
            buffer ??= new byte[(int)Math.Min(ChunkBytes, size - offset)];
            length = await RandomAccess.ReadAsync(file, buffer.AsMemory(0, (int)Math.Min(buffer.Length, size - offset)), offset).ConfigureAwait(false);
            if (length == 0)
            {
                throw new EndOfStreamException($"The file ends at {offset} of {size} bytes.");
            }
        }
        catch (Exception error)
        {
            desk.DownloadFailed(error, room.Id, id);
            failure = AttachmentRefusal.NotReadable(id);
        }

        bool close;
        lock (gate)
        {
            reading = false;
            ready = length;
            close = over;
        }

        if (close)
        {
            file.Dispose();
        }
        else if (failure is not null)
        {
            SignalError(failure);
        }
        else
        {
            SignalReady();
        }
    }
}
