using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Protocol.Streams;
using RSocketIm.Server.Attachments;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Rooms;
using RSocketIm.Server.Storage;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Server.Routing;

/// <summary>Two users and their rooms, of which <see cref="User"/> makes requests, and how all of that stands.</summary>
internal sealed class BadInputWorld
{
    private readonly ChatRooms rooms;
    private readonly RoomDirectory directory;
    private readonly Receipts receipts;
    private readonly AttachmentDesk attachments;
    private readonly string number;

    private BadInputWorld(HostedServer server)
    {
        rooms = server.Services.GetRequiredService<ChatRooms>();
        directory = server.Services.GetRequiredService<RoomDirectory>();
        receipts = server.Services.GetRequiredService<Receipts>();
        attachments = server.Services.GetRequiredService<AttachmentDesk>();
        number = server.Name("");
    }

    /// <summary>Who asks.</summary>
    public string User => $"ann{number}";

    /// <summary>A member of <see cref="Lobby"/>.</summary>
    public string Other => $"bob{number}";

    /// <summary>Owned by the user. 1: user joined, 2: other joined, 3: a message of the user's.</summary>
    public string Lobby => $"lobby{number}";

    /// <summary>Owned by the other, the user is a member.</summary>
    public string Guild => $"guild{number}";

    /// <summary>Private, without the user.</summary>
    public string Vault => $"vault{number}";

    /// <summary>Public, and the user is banned.</summary>
    public string Tavern => $"tavern{number}";

    /// <summary>Does not exist.</summary>
    public string Nowhere => $"nowhere{number}";

    /// <summary>Three bytes in <see cref="Lobby"/>.</summary>
    public string Attachment { get; private set; } = "";

    public string EpochOfLobby => Find(Lobby).Record.Epoch;

    /// <summary>Makes the rooms, and uploads the attachment.</summary>
    /// <param name="server">Where.</param>
    /// <param name="format">How the user's client speaks.</param>
    /// <returns>The world, and the client, which is the caller's to dispose.</returns>
    public static async Task<(BadInputWorld World, ChatClient Client)> CreateAsync(HostedServer server, DataFormat format)
    {
        BadInputWorld world = new(server);
        await world.FillAsync();
        ChatClient client = await ChatClient.GuestAsync(server.Tcp, world.User, format);
        UploadRequest request = new() { Room = world.Lobby, Name = "a", Type = "text/plain", Size = 3 };
        Payload first = client.Encode("attachments.upload", UploadRequest.Format, request);
        Reading upload = client.Channel(first, PayloadSources.From([Payload.FromText("abc")]), 1);
        world.Attachment = (await upload.NextAsync(UploadResult.Format)).Id;
        return (world, client);
    }

    /// <summary>Heads, titles, kinds, members with their roles and receipts, and what is unread.</summary>
    public async Task<string> StateAsync()
    {
        await receipts.DrainAsync();
        await Guard.Until(() => attachments.OpenUploads == 0, "no upload is under way");
        List<string> state = [$"{directory.Count} rooms"];
        foreach (string user in (string[])[User, Other])
        {
            RoomPage page = await rooms.ListAsync(user, new RoomList { Mine = true, Limit = 200 }, CancellationToken.None);
            state.AddRange(page.Rooms.Select(info => $"{user}: {info}"));
        }

        foreach (Room room in (Room[])[Find(Lobby), Find(Guild), Find(Vault), Find(Tavern)])
        {
            IEnumerable<MemberRecord> members = room.Members().OrderBy(static member => member.User, StringComparer.Ordinal);
            state.Add($"{room.Record} {room.Head} {string.Join(' ', members.Select(member => $"{member} {room.ReadSeqOf(member.User)}"))}");
        }

        return string.Join('\n', state);
    }

    private Room Find(string room) => directory.Find(room)!;

    private async Task FillAsync()
    {
        await CreateAsync(User, Lobby, RoomKinds.Public);
        await rooms.JoinAsync(Other, Lobby, CancellationToken.None);
        await rooms.SendAsync(User, new MessageSend { Room = Lobby, Id = "first", Text = "text" }, CancellationToken.None);
        await CreateAsync(Other, Guild, RoomKinds.Public);
        await rooms.JoinAsync(User, Guild, CancellationToken.None);
        await CreateAsync(Other, Vault, RoomKinds.Private);
        await CreateAsync(Other, Tavern, RoomKinds.Public);
        await rooms.BanAsync(Other, new MemberAction { Room = Tavern, User = User }, CancellationToken.None);
    }

    private async Task CreateAsync(string user, string room, string kind) =>
        await rooms.CreateAsync(user, new RoomCreate { Room = room, Kind = kind }, CancellationToken.None);
}
