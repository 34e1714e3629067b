using System.Text.Json;

namespace RSocketIm.Server.Gateways.Http;

/// <summary>The answer to a poll on its way out: events are written as they are pulled, and no more than a batch of them is in memory.</summary>
internal sealed class PollBody : IDisposable
{
    private readonly UnflushedBody body;
    private readonly CancellationToken stopped;

    /// <summary>Starts a response.</summary>
    /// <param name="context">Its request.</param>
    /// <param name="tag">What the client may ask with, whether anything is different now.</param>
    /// <param name="stopped">Ends it.</param>
    public PollBody(HttpContext context, string tag, CancellationToken stopped)
    {
        this.stopped = stopped;
        context.Response.ContentType = "application/json";
        SetCaching(context, tag);
        body = new UnflushedBody(context.Response.BodyWriter);
        Json = new Utf8JsonWriter(body);
    }

    /// <summary>Where the answer is written.</summary>
    public Utf8JsonWriter Json { get; }

    /// <summary>Tells the client that it has this answer already, if that is so.</summary>
    /// <returns>Whether it is.</returns>
    public static bool TryAnswerUnchanged(HttpContext context, string tag)
    {
        // A proxy that compresses makes the tag a weak one, W/"…"; it is as good here.
        string[] known = context.Request.Headers.IfNoneMatch.ToString().Split(',', StringSplitOptions.TrimEntries);
        if (!Array.Exists(known, one => one.EndsWith(tag, StringComparison.Ordinal)))
        {
            return false;
        }

        context.Response.StatusCode = StatusCodes.Status304NotModified;
        SetCaching(context, tag);
        return true;
    }

    /// <summary>Writes an event into the array that is open.</summary>
    public ValueTask WriteEventAsync(ReadOnlyMemory<byte> json)
    {
        Json.WriteRawValue(json.Span, skipInputValidation: true);
        if (Json.BytesPending < EventStream.BatchBytes)
        {
            return ValueTask.CompletedTask;
        }

        Json.Flush();
        return body.FlushAllAsync(stopped);
    }

    /// <summary>Writes what is left.</summary>
    public ValueTask EndAsync()
    {
        Json.Flush();
        return body.FlushAllAsync(stopped);
    }

    public void Dispose()
    {
        Json.Dispose();
        body.Dispose();
    }

    private static void SetCaching(HttpContext context, string tag)
    {
        context.Response.Headers.ETag = tag;
        context.Response.Headers.CacheControl = "private, no-cache";
        context.Response.Headers.Vary = "Authorization, Accept";
    }
}
