using System.Buffers;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Protocol.Streams;
using RSocketIm.Server.Contracts;

namespace RSocketIm.Server.Attachments;

/// <summary>One <c>attachments.upload</c>: takes chunks as fast as the disk does, and answers once when all of them are there.</summary>
/// <remarks>
/// The read loop hands over a chunk and goes on; one task at a time writes what has come, in order, and gives a credit back
/// for each chunk that is in the file. Memory: <see cref="Window"/> payloads. Whatever ends the stream before the answer
/// leaves nothing behind.
/// </remarks>
internal sealed class AttachmentUpload : PayloadSource, IPayloadReceiver
{
    /// <summary>Chunks that may be on their way to the disk: at 64 KiB each, 512 KiB, more than a disk needs to be busy.</summary>
    internal const int Window = 8;

    private readonly Lock gate = new();
    private readonly Queue<(byte[] Buffer, int Length)> chunks = new();
    private readonly AttachmentDesk desk;
    private readonly string user;
    private readonly UploadRequest request;
    private readonly DataFormat format;
    private readonly InboundStream incoming;
    private readonly IncomingFile file;
    private long came;
    private bool allCame;
    private bool tried;
    private bool writing;
    private bool over;
    private Payload? answer;

    /// <summary>Opens the upload.</summary>
    internal AttachmentUpload(AttachmentDesk desk, string user, UploadRequest request, DataFormat format, InboundStream incoming, IncomingFile file)
    {
        this.desk = desk;
        this.user = user;
        this.request = request;
        this.format = format;
        this.incoming = incoming;
        this.file = file;
    }

    public void OnNext(PayloadView payload)
    {
        int length = (int)payload.Data.Length;
        bool tooMuch;
        lock (gate)
        {
            if (over)
            {
                return;
            }

            came += length;
            tooMuch = came > request.Size;
            if (!tooMuch)
            {
                byte[] buffer = ArrayPool<byte>.Shared.Rent(Math.Max(1, length));
                payload.Data.CopyTo(buffer);
                chunks.Enqueue((buffer, length));
            }
        }

        if (tooMuch)
        {
            SignalError(AttachmentRefusal.WrongSize(request.Size, came));
            return;
        }

        Start();
    }

    public void OnComplete()
    {
        lock (gate)
        {
            allCame = true;
        }

        Start();
    }

    public void OnError(RSocketException error)
    {
        // The stream is over and Release cleans up.
    }

    protected override void Attached()
    {
        incoming.Subscribe(this);
        _ = BeginAsync();
    }

    protected override PullStatus TryPull(out Payload payload)
    {
        lock (gate)
        {
            payload = answer ?? default;
            return answer is null ? PullStatus.Idle : PullStatus.NextAndComplete;
        }
    }

    protected override void Release()
    {
        lock (gate)
        {
            over = true;
            if (writing)
            {
                // The task is in the file; it sees that the stream is over, and closes it.
                return;
            }
        }

        Close();
    }

    // No credit, and so no bytes, before it is known that the room has space for them.
    private async Task BeginAsync()
    {
        try
        {
            await desk.RequireSpaceAsync(request).ConfigureAwait(false);
            incoming.Request(Window);
        }
        catch (RSocketException refusal)
        {
            SignalError(refusal);
        }
        catch (Exception error)
        {
            desk.UploadFailed(error, request.Room);
            SignalError(AttachmentRefusal.NotKept());
        }
    }

    private void Start()
    {
        lock (gate)
        {
            if (writing || over)
            {
                return;
            }

            writing = true;
        }

        _ = Task.Run(WriteAllAsync);
    }

    private async Task WriteAllAsync()
    {
        try
        {
            while (TakeNext() is { } chunk)
            {
                await file.AppendAsync(chunk.Buffer.AsMemory(0, chunk.Length)).ConfigureAwait(false);
                ArrayPool<byte>.Shared.Return(chunk.Buffer);
                incoming.Request(1);

                // In turn with everything else the pool has to do: writing goes on from the queue of its own thread, which is served first.
                await Task.Yield();
            }

            if (IsComplete())
            {
                UploadResult result = await desk.KeepAsync(user, request, file).ConfigureAwait(false);
                Answer(new Payload(UploadResult.Format.ToArray(format, result)));
            }
        }
        catch (RSocketException refusal)
        {
            SignalError(refusal);
        }
        catch (Exception error)
        {
            desk.UploadFailed(error, request.Room);
            SignalError(AttachmentRefusal.NotKept());
        }

        StopWriting();
    }

    private bool IsComplete()
    {
        lock (gate)
        {
            // Once: what was refused is not tried again.
            bool first = allCame && !over && !tried && chunks.Count == 0;
            tried |= first;
            return first;
        }
    }

    private (byte[] Buffer, int Length)? TakeNext()
    {
        lock (gate)
        {
            return !over && chunks.TryDequeue(out (byte[] Buffer, int Length) chunk) ? chunk : null;
        }
    }

    private void Answer(Payload payload)
    {
        lock (gate)
        {
            answer = payload;
        }

        SignalReady();
    }

    private void StopWriting()
    {
        bool again;
        bool close;
        lock (gate)
        {
            writing = false;
            close = over;

            // A chunk, or the end, that came between the last look and here found somebody writing and left it at that.
            again = !over && answer is null && (chunks.Count > 0 || (allCame && !tried));
        }

        if (close)
        {
            Close();
        }
        else if (again)
        {
            Start();
        }
    }

    private void Close()
    {
        file.Dispose();
        desk.Closed();
    }
}
