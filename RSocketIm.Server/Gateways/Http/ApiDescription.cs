using System.Globalization;
using Microsoft.OpenApi;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Server.Accounts;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Routing;

namespace RSocketIm.Server.Gateways.Http;

/// <summary>What <c>/openapi.json</c> says: the addresses from the table of twins, the fields from the lists by which records are read and written.</summary>
internal sealed class ApiDescription(RouteTable routes)
{
    private const string Json = "application/json";
    private const string Security = "bearer";

    private static readonly RestParameter Room = new("room");

    /// <summary>Fills the document.</summary>
    public void Describe(OpenApiDocument document)
    {
        document.Info = new OpenApiInfo
        {
            Title = "RSocketIm",
            Version = SystemRoutes.Version,
            Description = "The HTTP doors of a server whose native door is RSocket. Errors are problem+json (RFC 9457) with the contract's name in title.",
        };
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal)
        {
            [Security] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", BearerFormat = "JWT" },
        };
        document.Paths ??= [];
        foreach (RestTwin twin in RestTwins.All)
        {
            AddTwin(document, twin);
        }

        Add(document, "POST", "/api/guest", "A guest's token", [], GuestRequest.Format.Fields, SignedIn.Format.Fields, isOpen: true);
        Add(document, "POST", "/api/register", "A new account's token", [], AccountRequest.Registration.Fields, SignedIn.Format.Fields, isOpen: true);
        Add(document, "POST", "/api/login", "An account's token", [], AccountRequest.Login.Fields, SignedIn.Format.Fields, isOpen: true);
        Add(document, "POST", "/api/tickets", "A ticket for an address: good once, 30 s", [], [], TicketAnswer.Format.Fields);
        Add(document, "POST", "/api/echo", "system.echo: the same bytes", [], null, null);
        OpenApiOperation events = Add(
            document, "GET", "/api/rooms/{room}/events", "rooms.feed: one page, or with Accept: text/event-stream an endless stream", [Room], null, HistoryPage.Format.Fields, FeedDoor.RoomQuery);
        events.Responses!["200"].Content!["text/event-stream"] = new OpenApiMediaType();
        events.Responses["304"] = new OpenApiResponse { Description = "Nothing is different since the answer with the ETag of If-None-Match." };
        Add(document, "GET", "/api/inbox", "inbox.feed: one page of all the caller's rooms", [], null, [], FeedDoor.InboxQuery);
        Add(document, "POST", "/api/rooms/{room}/attachments", "attachments.upload: the file is the body", [Room], null, UploadResult.Format.Fields, AttachmentDoor.UploadQuery);
        Add(document, "GET", "/api/rooms/{room}/attachments/{id}", "attachments.download: the file, or a range of it", [Room, new("id")], null, null);
    }

    private void AddTwin(OpenApiDocument document, RestTwin twin)
    {
        Routing.Route route = routes.Find(twin.Route);
        string[] elsewhere = [.. twin.Path.Concat(twin.Query).Select(static parameter => parameter.Name), twin.Fixed?.Name ?? ""];
        IReadOnlyList<RecordFieldInfo>? body = twin.HasBody ? [.. route.Request.Where(field => !elsewhere.Contains(field.Name))] : null;
        OpenApiOperation operation = Add(document, twin.Method, twin.Pattern, twin.Route, twin.Path, body, route.Answer, twin.Query);
        if (twin.KeyField is { } key)
        {
            operation.Parameters!.Add(new OpenApiParameter
            {
                Name = "Idempotency-Key", In = ParameterLocation.Header, Description = $"In place of {key} in the body.", Schema = new OpenApiSchema { Type = JsonSchemaType.String },
            });
        }

        if (route.Response is null)
        {
            operation.Responses!.Remove("200");
            operation.Responses["204"] = new OpenApiResponse { Description = "Taken." };
        }
    }

    private static OpenApiOperation Add(
        OpenApiDocument document,
        string method,
        string pattern,
        string summary,
        IReadOnlyList<RestParameter> path,
        IReadOnlyList<RecordFieldInfo>? body,
        IReadOnlyList<RecordFieldInfo>? answer,
        IReadOnlyList<RestParameter>? query = null,
        bool isOpen = false)
    {
        OpenApiOperation operation = new()
        {
            OperationId = $"{method.ToLowerInvariant()}{pattern.Replace("/", "_", StringComparison.Ordinal).Replace("{", "", StringComparison.Ordinal).Replace("}", "", StringComparison.Ordinal)}",
            Summary = summary,
            Parameters = [.. path.Select(static one => Parameter(one, ParameterLocation.Path)), .. (query ?? []).Select(static one => Parameter(one, ParameterLocation.Query))],
            Responses = new OpenApiResponses
            {
                ["200"] = new OpenApiResponse
                {
                    Description = "The answer.",
                    Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
                    {
                        [answer is null ? "application/octet-stream" : Json] = new() { Schema = answer is null ? null : Schema(answer) },
                    },
                },
                ["default"] = new OpenApiResponse
                {
                    Description = "An error of the contract.",
                    Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal) { ["application/problem+json"] = new() },
                },
            },
        };
        if (body is not null)
        {
            operation.RequestBody = new OpenApiRequestBody
            {
                Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal) { [Json] = new() { Schema = Schema(body) } },
            };
        }

        if (!isOpen)
        {
            operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Security, document)] = [] }];
        }

        if (!document.Paths.TryGetValue(pattern, out IOpenApiPathItem? item))
        {
            document.Paths[pattern] = item = new OpenApiPathItem { Operations = [] };
        }

        item.Operations![new HttpMethod(method)] = operation;
        return operation;
    }

    private static OpenApiParameter Parameter(RestParameter parameter, ParameterLocation place) => new()
    {
        Name = parameter.Name,
        In = place,
        Required = place == ParameterLocation.Path,
        Schema = new OpenApiSchema
        {
            Type = parameter.Kind switch
            {
                ParameterKind.Number or ParameterKind.Seconds => JsonSchemaType.Integer,
                ParameterKind.Flag => JsonSchemaType.Boolean,
                _ => JsonSchemaType.String,
            },
        },
        Description = parameter.Kind switch
        {
            ParameterKind.Texts => "With commas between them.",
            ParameterKind.Json => "JSON, URL-encoded.",
            ParameterKind.Seconds => string.Create(CultureInfo.InvariantCulture, $"Seconds, 0..{PollRequest.MaxWaitSeconds}; 25 or 25s."),
            _ => null,
        },
    };

    private static OpenApiSchema Schema(IReadOnlyList<RecordFieldInfo> fields) => new()
    {
        Type = JsonSchemaType.Object,
        Properties = fields.ToDictionary(static field => field.Name, static IOpenApiSchema (field) => new OpenApiSchema { Type = TypeOf(field.Type), Description = field.Allowed }, StringComparer.Ordinal),
        Required = fields.Where(static field => field.IsRequired).Select(static field => field.Name).ToHashSet(StringComparer.Ordinal),
    };

    private static JsonSchemaType TypeOf(Type type) =>
        type == typeof(string) ? JsonSchemaType.String
        : type == typeof(bool) ? JsonSchemaType.Boolean
        : type == typeof(long) ? JsonSchemaType.Integer
        : type.Name.StartsWith("IReadOnlyList", StringComparison.Ordinal) ? JsonSchemaType.Array
        : JsonSchemaType.Object;
}
