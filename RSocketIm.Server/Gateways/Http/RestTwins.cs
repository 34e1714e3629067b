namespace RSocketIm.Server.Gateways.Http;

/// <summary>Every request-response route of the contract, as a resource below <c>/api</c>.</summary>
internal static class RestTwins
{
    private static readonly RestParameter Room = new("room");
    private static readonly RestParameter User = new("user");
    private static readonly RestParameter Target = new("target", ParameterKind.Number);
    private static readonly RestParameter After = new("after");
    private static readonly RestParameter Limit = new("limit", ParameterKind.Number);

    /// <summary>The table. A route may have more than one address; what is no request-response has none, but for <c>typing</c>.</summary>
    public static IReadOnlyList<RestTwin> All { get; } =
    [
        new("system.whoami", "GET", "/api/whoami"),

        new("rooms.list", "GET", "/api/rooms") { Query = [new("mine", ParameterKind.Flag), new("invited", ParameterKind.Flag), new("prefix"), After, Limit] },
        new("rooms.create", "POST", "/api/rooms"),
        new("rooms.open", "PUT", "/api/direct/{user}") { Path = [User] },
        new("rooms.get", "GET", "/api/rooms/{room}") { Path = [Room] },
        new("rooms.update", "PATCH", "/api/rooms/{room}") { Path = [Room] },
        new("rooms.join", "POST", "/api/rooms/{room}/join") { Path = [Room] },
        new("rooms.leave", "POST", "/api/rooms/{room}/leave") { Path = [Room] },
        new("rooms.members", "GET", "/api/rooms/{room}/members") { Path = [Room], Query = [After, Limit] },
        new("rooms.role", "PUT", "/api/rooms/{room}/members/{user}") { Path = [Room, User] },
        new("rooms.remove", "DELETE", "/api/rooms/{room}/members/{user}") { Path = [Room, User] },
        new("rooms.invite", "POST", "/api/rooms/{room}/invite") { Path = [Room] },
        new("rooms.remove", "POST", "/api/rooms/{room}/remove") { Path = [Room] },
        new("rooms.ban", "POST", "/api/rooms/{room}/ban") { Path = [Room] },
        new("rooms.role", "POST", "/api/rooms/{room}/role") { Path = [Room] },

        new("messages.send", "POST", "/api/rooms/{room}/messages") { Path = [Room], KeyField = "id" },
        new("messages.edit", "PATCH", "/api/rooms/{room}/messages/{target}") { Path = [Room, Target] },
        new("messages.delete", "DELETE", "/api/rooms/{room}/messages/{target}") { Path = [Room, Target], Query = [new("reason")] },
        new("messages.react", "PUT", "/api/rooms/{room}/messages/{target}/reactions/{emoji}") { Path = [Room, Target, new("emoji")], Fixed = ("on", "true") },
        new("messages.react", "DELETE", "/api/rooms/{room}/messages/{target}/reactions/{emoji}") { Path = [Room, Target, new("emoji")], Fixed = ("on", "false") },
        new("messages.history", "GET", "/api/rooms/{room}/history")
        {
            Path = [Room], Query = [new("before", ParameterKind.Number), new("after", ParameterKind.Number), Limit],
        },
        new("messages.search", "GET", "/api/search") { Query = [new("query"), Room, Limit] },

        new("typing", "PUT", "/api/rooms/{room}/typing") { Path = [Room] },
        new("receipts.read", "POST", "/api/rooms/{room}/receipts") { Path = [Room] },
        new("presence.get", "GET", "/api/presence") { Query = [new("users", ParameterKind.Texts)] },
    ];
}
