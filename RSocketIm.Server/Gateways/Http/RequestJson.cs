using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Microsoft.Net.Http.Headers;
using RSocketIm.Protocol;
using RSocketIm.Server.Contracts;

namespace RSocketIm.Server.Gateways.Http;

/// <summary>Puts path, query, headers and body of a request together as the JSON of one record, whose format then judges all of it.</summary>
internal static class RequestJson
{
    private const string KeyHeader = "Idempotency-Key";

    /// <summary>Reads the request of a route.</summary>
    /// <exception cref="RSocketException"><c>bad_request</c>: the body is of another type, or contradicts a header.</exception>
    public static async ValueTask<ReadOnlyMemory<byte>> ReadAsync(HttpContext context, RestTwin twin)
    {
        ReadOnlyMemory<byte> body = twin.HasBody ? await ReadBodyAsync(context).ConfigureAwait(false) : default;
        ArrayBufferWriter<byte> output = new(256 + body.Length);
        using Utf8JsonWriter json = new(output, new JsonWriterOptions { SkipValidation = true });
        json.WriteStartObject();
        foreach (RestParameter parameter in twin.Path)
        {
            Write(json, parameter, context.Request.RouteValues[parameter.Name] as string ?? "");
        }

        WriteQuery(json, context.Request.Query, twin.Query);
        if (twin.Fixed is { } constant)
        {
            json.WritePropertyName(constant.Name);
            json.WriteRawValue(constant.Value);
        }

        if (body.Length > 0 && !TryCopyBody(context, twin, body, json))
        {
            return body; // no object: the format says what it is instead
        }

        WriteKey(context, twin, body.Length == 0, json);
        json.WriteEndObject();
        json.Flush();
        return output.WrittenMemory;
    }

    /// <summary>Reads what a query has of a record.</summary>
    /// <param name="query">The query.</param>
    /// <param name="room">The room of the path; null: none.</param>
    /// <param name="parameters">The fields to look for.</param>
    public static ReadOnlyMemory<byte> Read(IQueryCollection query, string? room, params ReadOnlySpan<RestParameter> parameters)
    {
        ArrayBufferWriter<byte> output = new(256);
        using Utf8JsonWriter json = new(output, new JsonWriterOptions { SkipValidation = true });
        json.WriteStartObject();
        if (room is not null)
        {
            json.WriteString("room"u8, room);
        }

        WriteQuery(json, query, parameters);
        json.WriteEndObject();
        json.Flush();
        return output.WrittenMemory;
    }

    /// <summary>Reads a body, which may be empty.</summary>
    /// <exception cref="RSocketException"><c>bad_request</c>: it says that it is no JSON.</exception>
    public static async ValueTask<ReadOnlyMemory<byte>> ReadBodyAsync(HttpContext context)
    {
        using MemoryStream body = new();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted).ConfigureAwait(false); // bounded by the server, see docs/limits.md

        // No type at all is taken for JSON: command-line tools leave it out.
        if (context.Request.ContentType is { Length: > 0 } type && body.Length > 0
            && !(MediaTypeHeaderValue.TryParse(type, out MediaTypeHeaderValue? parsed) && parsed.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)))
        {
            throw ContractError.BadRequest.ToException($"Content-Type is {type}; the body is application/json.");
        }

        return body.GetBuffer().AsMemory(0, (int)body.Length);
    }

    private static void WriteQuery(Utf8JsonWriter json, IQueryCollection query, params ReadOnlySpan<RestParameter> parameters)
    {
        foreach (RestParameter parameter in parameters)
        {
            // As often as it is there: twice is for the format to refuse.
            foreach (string? value in query[parameter.Name])
            {
                Write(json, parameter, value ?? "");
            }
        }
    }

    private static void WriteQuery(Utf8JsonWriter json, IQueryCollection query, IReadOnlyList<RestParameter> parameters) => WriteQuery(json, query, [.. parameters]);

    private static void Write(Utf8JsonWriter json, RestParameter parameter, string value)
    {
        json.WritePropertyName(parameter.Name);
        switch (parameter.Kind)
        {
            case ParameterKind.Number when TryWhole(value, out long number):
            case ParameterKind.Seconds when TryWhole(value.EndsWith('s') ? value[..^1] : value, out number):
                json.WriteNumberValue(number);
                break;
            case ParameterKind.Flag when bool.TryParse(value, out bool flag):
                json.WriteBooleanValue(flag);
                break;
            case ParameterKind.Texts:
                json.WriteStartArray();
                foreach (string one in value.Split(',', StringSplitOptions.RemoveEmptyEntries))
                {
                    json.WriteStringValue(one);
                }

                json.WriteEndArray();
                break;
            case ParameterKind.Json when IsJson(value):
                json.WriteRawValue(value);
                break;
            default:
                json.WriteStringValue(value);
                break;
        }
    }

    private static bool TryWhole(string text, out long number) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);

    private static bool IsJson(string text)
    {
        try
        {
            JsonDocument.Parse(text).Dispose();
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    // As bytes, so that what a text holds is for the format to judge; without the fields that the path has said already.
    private static bool TryCopyBody(HttpContext context, RestTwin twin, ReadOnlyMemory<byte> body, Utf8JsonWriter json)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(body);
        }
        catch (JsonException)
        {
            return false;
        }

        using (document)
        {
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                return false;
            }

            bool hasKey = false;
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                ReadOnlySpan<byte> name = JsonMarshal.GetRawUtf8PropertyName(property);
                if (IsOneOf(name, twin))
                {
                    continue;
                }

                if (twin.KeyField is { } field && Ascii.Equals(name, field))
                {
                    hasKey = true;
                    RequireSameKey(context, property.Value);
                }

                json.WriteRawValue([(byte)'"', .. name, (byte)'"', (byte)':', .. JsonMarshal.GetRawUtf8Value(property.Value)], skipInputValidation: true);
            }

            if (!hasKey)
            {
                WriteKey(context, twin, true, json);
            }

            return true;
        }
    }

    private static bool IsOneOf(ReadOnlySpan<byte> name, RestTwin twin)
    {
        foreach (RestParameter parameter in twin.Path)
        {
            if (Ascii.Equals(name, parameter.Name))
            {
                return true;
            }
        }

        return twin.Fixed is { } constant && Ascii.Equals(name, constant.Name);
    }

    private static void RequireSameKey(HttpContext context, JsonElement id)
    {
        if (KeyOf(context) is { } key && !(id.ValueKind == JsonValueKind.String && id.ValueEquals(key)))
        {
            throw ContractError.BadRequest.ToException($"The header {KeyHeader} is {key}, and 'id' is another: one of them is enough.");
        }
    }

    private static void WriteKey(HttpContext context, RestTwin twin, bool isMissing, Utf8JsonWriter json)
    {
        if (isMissing && twin.KeyField is { } field && KeyOf(context) is { } key)
        {
            json.WriteString(field, key);
        }
    }

    // A structured field, which is a text in quotes; most clients leave them out.
    private static string? KeyOf(HttpContext context)
    {
        string? key = context.Request.Headers[KeyHeader];
        return key is ['"', .. var inner, '"'] ? inner : key;
    }
}
