using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Server.Contracts;
using RSocketIm.Tests.TestKit;
using static RSocketIm.Tests.TestKit.Interaction;

namespace RSocketIm.Tests.Server.Routing;

/// <summary>Every route with a valid request, and the kinds of wrong input that a route does not refuse, each with the reason.</summary>
internal static class BadInputTable
{
    /// <summary>The one route whose data are no record.</summary>
    public const string TakesAnything = "system.echo";

    /// <summary>SHA-256 of <c>abc</c>.</summary>
    private const string HashOfAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    public static IReadOnlyList<BadInputRoute> Routes { get; } =
    [
        new("system.count", RequestStream, "", [.. CountRequest.Format.FieldNames], static _ => new(("count", 3L), ("bytes?", 100L))),
        new("system.whoami", RequestResponse, "", [.. EmptyRecord.Format.FieldNames], static _ => new()),
        new("rooms.create", RequestResponse, "", [.. RoomCreate.Format.FieldNames], static w => new(("room", $"{w.Lobby}-new"), ("title?", "Title"), ("kind?", "private"))),
        new("rooms.join", RequestResponse, "", [.. RoomRef.Format.FieldNames], static w => new(("room", w.Guild))),
        new("rooms.leave", RequestResponse, "", [.. RoomRef.Format.FieldNames], static w => new(("room", w.Guild))),
        new("rooms.list", RequestResponse, "", [.. RoomList.Format.FieldNames], static w => new(("mine?", true), ("invited?", false), ("prefix?", "lobby"), ("after?", "a"), ("limit?", 10L))),
        new("rooms.get", RequestResponse, "", [.. RoomRef.Format.FieldNames], static w => new(("room", w.Lobby))),
        new("rooms.open", RequestResponse, "", [.. RoomOpen.Format.FieldNames], static w => new(("user", w.Other))),
        new("rooms.update", RequestResponse, "", [.. RoomUpdate.Format.FieldNames], static w => new(("room", w.Lobby), ("title?", "Title"), ("kind?", "private"))),
        new("rooms.members", RequestResponse, "", [.. MemberList.Format.FieldNames], static w => new(("room", w.Lobby), ("after?", "a"), ("limit?", 10L))),
        new("rooms.invite", RequestResponse, "", [.. MemberAction.Format.FieldNames], static w => new(("room", w.Lobby), ("user", "carl"), ("role?", "member"))),
        new("rooms.remove", RequestResponse, "", [.. MemberAction.Format.FieldNames], static w => new(("room", w.Lobby), ("user", w.Other), ("role?", "member"))),
        new("rooms.ban", RequestResponse, "", [.. MemberAction.Format.FieldNames], static w => new(("room", w.Lobby), ("user", w.Other), ("role?", "member"))),
        new("rooms.role", RequestResponse, "", [.. MemberAction.FormatOfRole.FieldNames], static w => new(("room", w.Lobby), ("user", w.Other), ("role", "moderator"))),
        new("messages.send", RequestResponse, "", [.. MessageSend.Format.FieldNames], static w => Message(w, "second")),
        new("messages.publish", RequestChannel, "", [.. MessageSend.Format.FieldNames], static w => Message(w, "second")),
        new("messages.publish", RequestChannel, "later", [.. MessageSend.Format.FieldNames], static w => Message(w, "second")) { First = static w => Message(w, "first") },
        new("messages.edit", RequestResponse, "", [.. MessageEdit.Format.FieldNames], static w => new(("room", w.Lobby), ("target", 3L), ("text", "new"))),
        new("messages.delete", RequestResponse, "", [.. MessageDelete.Format.FieldNames], static w => new(("room", w.Lobby), ("target", 3L), ("reason?", "why"))),
        new("messages.react", RequestResponse, "", [.. MessageReact.Format.FieldNames], static w => new(("room", w.Lobby), ("target", 3L), ("emoji", "👍"), ("on", true))),
        new("messages.search", RequestResponse, "", [.. SearchRequest.Format.FieldNames], static w => new(("query", "text"), ("room?", w.Lobby), ("limit?", 10L))),
        new("messages.history", RequestResponse, "", [.. HistoryRequest.Format.FieldNames], static w => new(("room", w.Lobby), ("before?", 3L), ("after?", 1L), ("limit?", 10L))),
        new("rooms.feed", RequestStream, "", [.. FeedRequest.Format.FieldNames], static w => new(("room", w.Lobby), ("after?", 1L), ("epoch?", w.EpochOfLobby))),
        new("rooms.session", RequestChannel, "", [.. FeedRequest.Format.FieldNames], static w => new(("room", w.Lobby), ("after?", 1L), ("epoch?", w.EpochOfLobby))),
        new("rooms.session", RequestChannel, "send", [.. SessionOperation.Format.FieldNames], static w => new([("op", "send"), .. Message(w, "second").Without("room").Pairs, ("seq?", 1L)])) { First = Session },
        new("rooms.session", RequestChannel, "read", [.. SessionOperation.Format.FieldNames], static _ => new(("op", "read"), ("seq", 1L))) { First = Session, IsSilent = true },
        new("inbox.feed", RequestStream, "", [.. InboxRequest.Format.FieldNames], static w => new(("positions?", new WireMap((w.Lobby, 1L))), ("epochs?", new WireMap((w.Lobby, w.EpochOfLobby))), ("notices?", true))),
        new("signals.feed", RequestStream, "", [.. RoomRef.Format.FieldNames], static w => new(("room", w.Lobby))),
        new("typing", FireAndForget, "", [.. RoomRef.Format.FieldNames], static w => new(("room", w.Lobby))) { IsSilent = true },
        new("receipts.read", RequestResponse, "", [.. ReceiptRequest.Format.FieldNames], static w => new(("room", w.Lobby), ("seq", 2L))),
        new("receipts.read", FireAndForget, "", [.. ReceiptRequest.Format.FieldNames], static w => new(("room", w.Lobby), ("seq", 2L))) { IsSilent = true },
        new("presence.get", RequestResponse, "", [.. PresenceRequest.Format.FieldNames], static w => new(("users", (object?[])[w.Other]))),
        new("attachments.upload", RequestChannel, "", [.. UploadRequest.Format.FieldNames], static w => new(("room", w.Lobby), ("name", "a"), ("type", "text/plain"), ("size", 3L), ("sha256?", HashOfAbc))) { Rest = "abc" },
        new("attachments.download", RequestStream, "", [.. DownloadRequest.Format.FieldNames], static w => new(("room", w.Lobby), ("id", w.Attachment), ("offset?", 1L))),
    ];

    /// <summary>What is not refused, and why. <c>*</c> is every route, or every field; <c>&lt;text&gt;</c> every field of that shape.</summary>
    public static IReadOnlyList<BadInputExemption> Exemptions { get; } =
    [
        // By shape.
        new("*", "<optional>", [BadInputKind.Missing, BadInputKind.Null], "it may be missing, and nil counts as missing"),
        new("*", "<element>", [BadInputKind.Missing], "a list or map without it is a shorter one"),
        new("*", "<list element>", [BadInputKind.GivenTwice], "a list may hold the same twice"),
        new("*", "<not text>", [BadInputKind.Empty, BadInputKind.WrongForm], "only texts can be empty or have a form"),
        new("*", "<no text within>", [BadInputKind.NotUtf8], "there is no text in it"),
        new("*", "<not number>", [BadInputKind.Negative, BadInputKind.Fraction, BadInputKind.Beyond31Bits, BadInputKind.Beyond53Bits, BadInputKind.BeyondEnd], "only numbers can be so"),
        new("*", "<fixed size>", [BadInputKind.TooLong], "only texts, lists and maps have a length"),
        new("*", "<not room>", [BadInputKind.UnknownRoom, BadInputKind.HiddenRoom, BadInputKind.BannedRoom, BadInputKind.HigherRole], "it names no room"),
        new("*", "<not user>", [BadInputKind.UnknownUser], "it names no user"),

        // Texts.
        new("*", "title", [BadInputKind.Empty], "the room is then called by its id"),
        new("*", "prefix", [BadInputKind.Empty], "every id begins so"),
        new("*", "after", [BadInputKind.Empty], "the first page comes after nothing"),
        new("*", "reason", [BadInputKind.Empty], "it is no reason"),
        new("*", "type", [BadInputKind.Empty], "not every file has a MIME type"),
        new("*", "attachments[].type", [BadInputKind.Empty], "not every file has a MIME type"),
        new("*", "meta[]", [BadInputKind.Empty], "what it means is the clients' own business"),
        .. from field in (string[])["title", "prefix", "after", "reason", "type", "attachments[].type", "meta[]", "id", "text", "name", "emoji", "query", "attachments[].id", "attachments[].name"]
           select new BadInputExemption("*", field, [BadInputKind.WrongForm], "it may be any text"),

        // Numbers.
        new("system.count", "count", [BadInputKind.Beyond31Bits, BadInputKind.BeyondEnd], "it goes up to 2⁵³: each number is made when it is pulled"),
        new("system.count", "bytes", [BadInputKind.BeyondEnd], "it is no place"),
        new("*", "limit", [BadInputKind.BeyondEnd], "there may be fewer"),
        new("*", "size", [BadInputKind.BeyondEnd], "it is no place"),
        new("*", "attachments[].size", [BadInputKind.Beyond31Bits, BadInputKind.BeyondEnd], "a file that is kept elsewhere may be that large"),
        new("rooms.session send", "seq", [BadInputKind.Beyond31Bits, BadInputKind.BeyondEnd], "sending does not look at it"),

        // Rooms.
        new("rooms.create", "room", [BadInputKind.UnknownRoom, BadInputKind.HiddenRoom, BadInputKind.BannedRoom, BadInputKind.HigherRole], "it is to be made; a taken id is a conflict for everybody"),
        new("rooms.get", "room", [BadInputKind.BannedRoom], "a public room is there for all to see"),
        new("rooms.leave", "room", [BadInputKind.BannedRoom], "leaving what one is not in changes nothing and is fine"),
        .. from route in (string[])
           [
               "rooms.join", "rooms.leave", "rooms.get", "rooms.members", "messages.send", "messages.publish", "messages.publish later", "messages.edit", "messages.delete", "messages.react",
               "messages.search", "messages.history", "rooms.feed", "rooms.session", "signals.feed", "typing", "receipts.read", "attachments.upload", "attachments.download",
           ]
           select new BadInputExemption(route, "room", [BadInputKind.HigherRole], "no role is needed beyond being there"),

        // Users.
        new("rooms.open", "user", [BadInputKind.UnknownUser], "any name: a guest exists only while connected"),
        new("rooms.invite", "user", [BadInputKind.UnknownUser], "any name: a guest exists only while connected"),
        new("rooms.ban", "user", [BadInputKind.UnknownUser], "who never came can be kept from coming"),
        new("presence.get", "users[]", [BadInputKind.UnknownUser], "a name that nobody has is offline"),
        new("*", "mentions[]", [BadInputKind.UnknownUser], "any name: a guest exists only while connected"),
    ];

    /// <summary>Data that hold no record at all.</summary>
    /// <param name="format">The format.</param>
    /// <param name="valid">A record.</param>
    public static IEnumerable<(string What, byte[] Request)> NoRecords(DataFormat format, WireMap valid)
    {
        foreach (object? value in (object?[])[null, true, 7L, "text", Array.Empty<object?>(), new object?[] { valid }])
        {
            yield return ($"{value ?? "nil"} instead", WireValue.Encode(format, value));
        }

        byte[] record = WireValue.Encode(format, valid);
        for (int length = 0; length < record.Length; length++)
        {
            yield return ($"cut after {length} bytes", record[..length]);
        }

        yield return ("with another behind it", [.. record, .. record]);
        yield return ("with a byte behind it", [.. record, (byte)'0']);
        byte[] deep = [.. Enumerable.Repeat((byte)(format == DataFormat.Json ? '[' : 0x91), 10_000)];
        yield return ("with an unknown key that is too deep", WireValue.Encode(format, valid.Plus("unknown", new WireBytes(deep, deep))));
    }

    private static WireMap Session(BadInputWorld world) => new(("room", world.Lobby));

    private static WireMap Message(BadInputWorld world, string id) => new(
        ("room", world.Lobby),
        ("id", id),
        ("text", "text"),
        ("replyTo?", 1L),
        ("mentions?", (object?[])[world.Other]),
        ("attachments?", (object?[])[new WireMap(("id", "elsewhere"), ("name", "a"), ("size", 3L), ("type", "text/plain"))]),
        ("meta?", new WireMap(("k", "v"))));
}
