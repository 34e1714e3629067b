using System.Globalization;
using System.Net.Mime;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Protocol.Streams;
using RSocketIm.Server.Attachments;
using RSocketIm.Server.Configuration;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Routing;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Gateways.Http;

/// <summary>Files as bodies: <c>POST /api/rooms/{room}/attachments</c> and <c>GET /api/rooms/{room}/attachments/{id}</c>.</summary>
internal sealed class AttachmentDoor(HttpCallers callers, AttachmentDesk desk, IAttachmentStore store, LimitSettings limits)
{
    private static readonly RestParameter Name = new("name");
    private static readonly RestParameter Sha256 = new("sha256");

    /// <summary>What the query of an upload may hold, beside the size and type that its headers tell.</summary>
    public static IReadOnlyList<RestParameter> UploadQuery { get; } = [Name, Sha256];

    /// <summary>Adds both.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/rooms/{room}/attachments", UploadAsync);
        routes.MapGet("/api/rooms/{room}/attachments/{id}", DownloadAsync);
    }

    private async Task UploadAsync(HttpContext context)
    {
        Caller caller = callers.CallerOf(await callers.RequireAsync(context).ConfigureAwait(false), context);
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } bound)
        {
            bound.MaxRequestBodySize = limits.MaxAttachmentBytes;
        }

        UploadRequest request = ReadUpload(context);
        using BodyChunks chunks = new(context.Request.Body, context.RequestAborted);
        using SourceReader reader = new(desk.Upload(caller.User, request, caller.Format, chunks));
        Task pumping = chunks.PumpAsync();
        try
        {
            Payload answer = await ReadAnswerAsync(reader, context.RequestAborted).ConfigureAwait(false);
            context.Response.ContentType = MediaTypeNames.Application.Json;
            context.Response.Headers.CacheControl = "no-store";
            await context.Response.Body.WriteAsync(answer.Data, context.RequestAborted).ConfigureAwait(false);
        }
        finally
        {
            chunks.Cancel();
            await pumping.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // what stopped it is what the answer says
        }
    }

    private async Task DownloadAsync(HttpContext context)
    {
        Caller caller = callers.CallerOf(await callers.RequireAsync(context).ConfigureAwait(false), context);
        string room = context.Request.RouteValues["room"] as string ?? "";
        string id = context.Request.RouteValues["id"] as string ?? "";
        AttachmentRecord? known = await store.FindAttachmentAsync(id, context.RequestAborted).ConfigureAwait(false);
        (long first, long? last) = RangeOf(context.Request, known?.Size ?? 0);
        DownloadRequest request = DownloadRequest.Format.Read(
            DataFormat.Json, DownloadRequest.Format.ToArray(DataFormat.Json, new DownloadRequest { Room = room, Id = id, Offset = first }));

        // It is the desk that knows who may have it; until it has said yes nothing is told of the file.
        using SourceReader reader = new(await desk.DownloadAsync(caller.User, request, context.RequestAborted).ConfigureAwait(false));
        long left = (last ?? (known!.Size - 1)) - first + 1;
        SetHeaders(context.Response, known!, first, last, left);
        try
        {
            while (left > 0 && await reader.WaitToReadAsync(context.RequestAborted).ConfigureAwait(false))
            {
                if (reader.TryRead(out Payload chunk))
                {
                    ReadOnlyMemory<byte> piece = chunk.Data[..(int)Math.Min(left, chunk.Data.Length)];
                    left -= piece.Length;
                    await context.Response.Body.WriteAsync(piece, context.RequestAborted).ConfigureAwait(false); // returns when the socket has taken it
                }
            }
        }
        catch (RSocketException) when (context.Response.HasStarted)
        {
            context.Abort(); // the client sees that it is not the whole file
        }
    }

    private static async ValueTask<Payload> ReadAnswerAsync(SourceReader reader, CancellationToken cancellationToken)
    {
        while (await reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (reader.TryRead(out Payload answer))
            {
                return answer;
            }
        }

        throw ContractError.Unavailable.ToException("The upload ended without an answer; it is safe to try again.");
    }

    private static UploadRequest ReadUpload(HttpContext context)
    {
        if (context.Request.ContentLength is not { } size)
        {
            throw ContractError.BadRequest.ToException("Content-Length is missing: an upload says its size before it begins.");
        }

        UploadRequest request = new()
        {
            Room = context.Request.RouteValues["room"] as string ?? "",
            Name = context.Request.Query[Name.Name].ToString(),
            Type = context.Request.ContentType ?? "",
            Size = size,
            Sha256 = context.Request.Query[Sha256.Name].ToString() is { Length: > 0 } given ? given : null,
        };

        // Through the format, which knows what each field may be.
        return UploadRequest.Format.Read(DataFormat.Json, UploadRequest.Format.ToArray(DataFormat.Json, request));
    }

    // One range, from a place on: what a player or a download that goes on asks for. Anything else is answered with the whole.
    private static (long First, long? Last) RangeOf(HttpRequest request, long size)
    {
        RangeHeaderValue? range = request.GetTypedHeaders().Range;
        if (range is not { Unit.Value: "bytes", Ranges.Count: 1 } || range.Ranges.First() is not { From: { } first } one || first >= size)
        {
            return range?.Ranges.FirstOrDefault()?.From is { } beyond && beyond >= size && size > 0 ? (beyond, null) : (0, null);
        }

        return (first, Math.Min(one.To ?? (size - 1), size - 1));
    }

    private static void SetHeaders(HttpResponse response, AttachmentRecord file, long first, long? last, long length)
    {
        response.ContentType = MediaTypeHeaderValue.TryParse(file.Type, out _) ? file.Type : MediaTypeNames.Application.Octet;
        response.ContentLength = length;
        response.Headers.AcceptRanges = "bytes";
        response.Headers.CacheControl = "private, no-cache";

        // Whatever somebody uploaded, it is no page of this server.
        response.Headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
        ContentDispositionHeaderValue disposition = new("attachment");
        disposition.SetHttpFileName(file.Name);
        response.Headers.ContentDisposition = disposition.ToString();
        if (last is { } end)
        {
            response.StatusCode = StatusCodes.Status206PartialContent;
            response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes {first}-{end}/{file.Size}");
        }
    }
}
