using System.Buffers;
using System.Globalization;
using System.Net.ServerSentEvents;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Protocol.Streams;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Feeds;

namespace RSocketIm.Server.Gateways.Http;

/// <summary>A room's feed as Server-Sent Events: id = seq, event = type, data = the RoomEvent.</summary>
/// <remarks>
/// The socket is the credit. What the feed has ready is written together, at most about <see cref="BatchBytes"/>, and the flush
/// is awaited: while nobody reads it does not return, and the feed, which is not pulled then, is an old cursor. A response
/// costs one batch and what the web server keeps below it, 64 KiB, however far its reader is behind.
/// </remarks>
internal sealed class EventStream : IDisposable
{
    /// <summary>Bytes between two flushes: as a connection of RSocket has.</summary>
    public const int BatchBytes = 32 * 1024;

    /// <summary>How often a comment is sent while there is no event, so that proxies and both ends know that the other is there.</summary>
    public static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    // Tells why a stream ends; not called `error`, which is what EventSource calls a connection that is lost.
    private const string ProblemEvent = "problem";

    private readonly HttpContext context;
    private readonly RoomFeed feed;
    private readonly SourceReader reader;
    private readonly OpenResponse open;
    private readonly UnflushedBody body;
    private readonly AsyncSignal wake = new();
    private readonly ITimer heartbeat;
    private readonly CancellationTokenRegistration stop;
    private volatile bool isBeatDue;

    /// <summary>Takes over the response, which has not started.</summary>
    /// <param name="context">The request.</param>
    /// <param name="feed">The feed, this stream's from now on.</param>
    /// <param name="open">How long it stays open.</param>
    /// <param name="time">The clock.</param>
    public EventStream(HttpContext context, RoomFeed feed, OpenResponse open, TimeProvider time)
    {
        this.context = context;
        this.feed = feed;
        this.open = open;
        body = new UnflushedBody(context.Response.BodyWriter);
        reader = new SourceReader(feed, _ => wake.Set());
        stop = open.Stopped.UnsafeRegister(static signal => ((AsyncSignal)signal!).Set(), wake);
        heartbeat = time.CreateTimer(static stream => ((EventStream)stream!).Beat(), this, Heartbeat, Heartbeat);
    }

    /// <summary>Writes events until the client, the feed or the server ends it.</summary>
    /// <param name="patience">How long the client may take for the last words of a server that stops.</param>
    public async Task WriteAsync(TimeSpan patience)
    {
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["X-Accel-Buffering"] = "no"; // nginx would keep events until it has enough of them
        try
        {
            // Cancelled by the events themselves, so that a last one can say why.
            await SseFormatter.WriteAsync(ReadAsync(), body, static (item, output) => output.Write(item.Data.Span), CancellationToken.None).ConfigureAwait(false);
            using CancellationTokenSource last = new(patience);
            await body.FlushAllAsync(last.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The client has gone, or takes nothing while the server stops: there is nobody to say goodbye to.
            context.Abort();
        }
    }

    public void Dispose()
    {
        heartbeat.Dispose();
        stop.Dispose();
        reader.Dispose();
        body.Dispose();
    }

    // The formatter asks for the next event when it has written the last one, so the flushes and heartbeats in here are between two.
    private async IAsyncEnumerable<SseItem<ReadOnlyMemory<byte>>> ReadAsync()
    {
        await body.StartAsync(open.Stopped).ConfigureAwait(false); // the headers: a page knows then that it is connected
        while (true)
        {
            bool found = TryRead(out Payload payload, out RSocketException? reason);
            if (reason is not null)
            {
                yield return Problem(reason);
                yield break;
            }

            if (found)
            {
                yield return new SseItem<ReadOnlyMemory<byte>>(payload.Data, EventTypes.Of(feed.TakenKind))
                {
                    // A gap stands for all that it spans: who comes back with its id goes on behind it.
                    EventId = feed.Cursor.ToString(CultureInfo.InvariantCulture),
                };
                if (body.Unflushed >= BatchBytes)
                {
                    await body.FlushAllAsync(open.Stopped).ConfigureAwait(false);
                }
            }
            else
            {
                await PauseAsync().ConfigureAwait(false);
            }
        }
    }

    private async ValueTask PauseAsync()
    {
        await body.FlushAllAsync(open.Stopped).ConfigureAwait(false);
        await wake.WaitAsync().ConfigureAwait(false);
        if (isBeatDue)
        {
            isBeatDue = false;
            body.Write(":\n\n"u8);
        }

        if (open.Reason is null)
        {
            open.Stopped.ThrowIfCancellationRequested();
        }
    }

    private bool TryRead(out Payload payload, out RSocketException? reason)
    {
        try
        {
            reason = open.Reason;
            payload = default;
            return reason is null && reader.TryRead(out payload);
        }
        catch (RSocketException failure)
        {
            payload = default;
            reason = failure;
            return false;
        }
    }

    private void Beat()
    {
        isBeatDue = true;
        wake.Set();
    }

    private static SseItem<ReadOnlyMemory<byte>> Problem(RSocketException reason)
    {
        ContractError error = ContractErrors.IsContractError(reason.Code) ? (ContractError)(uint)reason.Code : ContractError.Internal;
        ErrorBody told = error.ToBody(ContractErrors.SentenceOf(reason.Message));
        return new SseItem<ReadOnlyMemory<byte>>(ErrorBody.Format.ToArray(DataFormat.Json, told), ProblemEvent);
    }
}
