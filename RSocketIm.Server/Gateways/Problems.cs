using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.Features;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Diagnostics;

namespace RSocketIm.Server.Gateways;

/// <summary>Errors over HTTP: problem+json (RFC 9457) with the contract's name in <c>title</c> and its code in <c>status</c>.</summary>
internal static class Problems
{
    /// <summary>Answers with an error of the contract.</summary>
    public static Task WriteAsync(HttpContext context, ContractError error, string sentence, int? status = null)
    {
        int number = status ?? StatusOf(error);
        context.Response.StatusCode = number;
        context.Response.Headers.CacheControl = "no-store";
        if (error == ContractError.Unauthenticated)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
        }

        context.Response.ContentType = "application/problem+json";
        using MemoryStream body = new();
        using (Utf8JsonWriter json = new(body))
        {
            json.WriteStartObject();
            json.WriteString("type"u8, "about:blank"u8);
            json.WriteString("title"u8, ContractErrors.NameOf(error));
            json.WriteNumber("status"u8, number);
            json.WriteString("detail"u8, sentence);
            json.WriteEndObject();
        }

        return context.Response.Body.WriteAsync(body.ToArray(), context.RequestAborted).AsTask();
    }

    /// <summary>The handler of last resort: what an endpoint threw becomes a problem.</summary>
    public static Task HandleAsync(HttpContext context)
    {
        SecurityHeaders.Set(context.Response.Headers); // the framework cleared what was set before
        Exception? error = context.Features.Get<IExceptionHandlerFeature>()?.Error;
        switch (error)
        {
            case RecordFormatException format:
                RSocketException refusal = format.ToException();
                return WriteAsync(context, (ContractError)(uint)refusal.Code, ContractErrors.SentenceOf(refusal.Message));
            case RSocketException known when ContractErrors.IsContractError(known.Code):
                return WriteAsync(context, (ContractError)(uint)known.Code, ContractErrors.SentenceOf(known.Message));
            case BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge }:
                context.RequestServices.GetRequiredService<LimitMetrics>().Hit(ServerLimit.HttpBodyBytes);
                return WriteAsync(context, ContractError.TooLarge, $"The request body is longer than {context.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize} bytes.");
            case BadHttpRequestException bad:
                return WriteAsync(context, ContractError.BadRequest, bad.Message, bad.StatusCode);
            case OperationCanceledException when context.RequestAborted.IsCancellationRequested:
                return Task.CompletedTask;
            default:
                context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(Problems)).RequestFailed(error, context.Request.Method, context.Request.Path);
                return WriteAsync(context, ContractError.Internal, "The server made a mistake; it has been logged.");
        }
    }

    /// <summary>The HTTP status of an error: its code's hexadecimal digits read as decimal ones.</summary>
    public static int StatusOf(ContractError error) =>
        int.Parse(((uint)error).ToString("x", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
