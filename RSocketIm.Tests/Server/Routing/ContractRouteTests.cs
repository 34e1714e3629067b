using System.Security.Cryptography;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Protocol.Streams;
using RSocketIm.Server.Contracts;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Server.Routing;

/// <summary>The routes of rooms, messages, inbox, receipts and attachments over a connection, in both formats.</summary>
public sealed class ContractRouteTests(HostedServer server) : IClassFixture<HostedServer>
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RoomsAndMessages_FromInvitationToDelete(bool json)
    {
        DataFormat format = json ? DataFormat.Json : DataFormat.MessagePack;
        await using ChatClient ann = await server.GuestAsync("ann", format);
        await using ChatClient bob = await server.GuestAsync("bob", format);
        string other = (await bob.WhoAmIAsync()).User;
        string room = server.Name("club");
        await ann.AskAsync("rooms.create", RoomCreate.Format, new RoomCreate { Room = room, Kind = "private" }, RoomInfo.Format);
        MemberAction action = new() { Room = room, User = other, Role = "moderator" };
        Assert.Equal(2, (await ann.AskAsync("rooms.invite", MemberAction.Format, action, SeqResult.Format)).Seq);
        await bob.JoinAsync(room);
        Assert.Equal(4, (await ann.AskAsync("rooms.role", MemberAction.Format, action, SeqResult.Format)).Seq);
        Assert.Equal("Club", (await bob.AskAsync("rooms.update", RoomUpdate.Format, new RoomUpdate { Room = room, Title = "Club" }, RoomInfo.Format)).Title);
        long seq = (await ann.SendAsync(room, "id", "old")).Seq;
        await ann.AskAsync("messages.edit", MessageEdit.Format, new MessageEdit { Room = room, Target = seq, Text = "new" }, EntryResult.Format);
        await bob.AskAsync("messages.react", MessageReact.Format, new MessageReact { Room = room, Target = seq, Emoji = "👍", On = true }, EntryResult.Format);
        ReceiptResult receipt = await bob.AskAsync("receipts.read", ReceiptRequest.Format, new ReceiptRequest { Room = room, Seq = 5 }, ReceiptResult.Format);
        Assert.Equal((5L, 1L), (receipt.ReadSeq, receipt.Unread));
        await bob.AskAsync("messages.delete", MessageDelete.Format, new MessageDelete { Room = room, Target = seq, Reason = "done" }, EntryResult.Format);
        MemberPage members = await ann.AskAsync("rooms.members", MemberList.Format, new MemberList { Room = room }, MemberPage.Format);
        Assert.Equal([0L, 5L], members.Members.Select(member => member.ReadSeq));
        Assert.All(members.Members, member => Assert.True(member.Online));
        PresenceResult presence = await ann.AskAsync("presence.get", PresenceRequest.Format, new PresenceRequest { Users = [other] }, PresenceResult.Format);
        Assert.True(presence.Presence.Single().Online);
        Assert.Equal(10, (await ann.AskAsync("rooms.remove", MemberAction.Format, action, SeqResult.Format)).Seq);
        Assert.Equal(11, (await ann.AskAsync("rooms.ban", MemberAction.Format, action, SeqResult.Format)).Seq);
        RoomInfo direct = await bob.AskAsync("rooms.open", RoomOpen.Format, new RoomOpen { User = (await ann.WhoAmIAsync()).User }, RoomInfo.Format);
        Assert.Equal(("direct", 2L), (direct.Kind, direct.Members));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Publish_AnswersInOrder_BadOnesInTheirPlace(bool json)
    {
        await using ChatClient client = await server.GuestAsync("pub", json ? DataFormat.Json : DataFormat.MessagePack);
        string room = server.Name("publish");
        await client.CreateAsync(room);
        MessageSend[] messages = [.. Enumerable.Range(0, 500).Select(i => new MessageSend { Room = i % 100 == 50 ? "nowhere" : room, Id = $"m{i}", Text = i % 100 == 70 ? "" : $"text {i}" })];
        Reading reading = client.Channel(Encode(client, messages[0]), PayloadSources.From(messages.Skip(1).Select(message => Encode(client, message))), int.MaxValue);
        Payload[] answers = await TakeAsync(reading, 500);
        await reading.Ended;

        long seq = 1;
        for (int i = 0; i < 500; i++)
        {
            if (i % 100 is 50 or 70)
            {
                PublishError error = PublishError.Format.Read(client.Format, answers[i].Data);
                Assert.Equal(($"m{i}", i % 100 == 50 ? "not_found" : "bad_request"), (error.Id, error.Error.Name));
            }
            else
            {
                Assert.Equal(++seq, MessageSent.Format.Read(client.Format, answers[i].Data).Seq);
            }
        }
    }

    [Theory]
    [InlineData("nowhere", "not_found: There is no room nowhere.")]
    [InlineData("Not a room", null)]
    public async Task Publish_WithABadFirstMessage_Fails(string room, string? refusal)
    {
        await using ChatClient client = await server.GuestAsync("pub");
        Reading reading = client.Channel(Encode(client, new MessageSend { Room = room, Id = "m", Text = "text" }), PayloadSources.Empty(), 10);
        RSocketException error = await Assert.ThrowsAsync<RSocketException>(() => reading.Ended);

        Assert.Equal(refusal ?? error.Message, error.Message);
        Assert.Equal(refusal is null ? 0x400u : 0x404u, (uint)error.Code);
        Assert.Equal(0, reading.Count);
    }

    [Fact]
    public async Task Inbox_OverAConnection_HasTheRoomsOfItsUser()
    {
        await using ChatClient client = await server.GuestAsync("inbox");
        string one = server.Name("one");
        string two = server.Name("two");
        await client.CreateAsync(one);
        Reading inbox = client.Stream("inbox.feed", InboxRequest.Format, new InboxRequest { Positions = new Dictionary<string, long> { [one] = 0 } }, 3);
        await client.CreateAsync(two);
        await client.SendAsync(one, "id", "text");
        Payload[] events = await TakeAsync(inbox, 3);

        Assert.Equal([(one, 1L), (two, 1L), (one, 2L)], events.Select(payload => RoomEvent.Format.Read(client.Format, payload.Data)).Select(e => (e.Room, e.Seq)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Inbox_WithNotices_TellsOfInvitationAndRemoval_InTheFormatOfTheConnection(bool json)
    {
        await using ChatClient owner = await server.GuestAsync("teller");
        await using ChatClient client = await server.GuestAsync("told", json ? DataFormat.Json : DataFormat.MessagePack);
        string user = (await client.WhoAmIAsync()).User;
        string room = server.Name("told");
        await owner.CreateAsync(room);
        Reading inbox = client.Stream("inbox.feed", InboxRequest.Format, new InboxRequest { Notices = true }, 2);
        await client.WhoAmIAsync(); // the inbox is open
        MemberAction action = new() { Room = room, User = user };
        await owner.AskAsync("rooms.invite", MemberAction.Format, action, SeqResult.Format);
        RoomPage invited = await client.AskAsync("rooms.list", RoomList.Format, new RoomList { Invited = true }, RoomPage.Format);
        Assert.Equal([room], invited.Rooms.Select(info => info.Room));
        await owner.AskAsync("rooms.remove", MemberAction.Format, action, SeqResult.Format);

        RoomEvent first = await inbox.NextEventAsync();
        RoomEvent second = await inbox.NextEventAsync();
        Assert.Equal((room, 2L, "invited", user), (first.Room, first.Seq, first.Change, first.User));
        Assert.Equal((room, 3L, "removed", user), (second.Room, second.Seq, second.Change, second.User));
    }

    [Fact]
    public async Task Attachment_UploadedSentAndDownloaded()
    {
        await using ChatClient client = await server.GuestAsync("att");
        string room = server.Name("files");
        await client.CreateAsync(room);
        byte[] content = RandomNumberGenerator.GetBytes(700_000);
        UploadRequest request = new() { Room = room, Name = "x.bin", Type = "application/octet-stream", Size = content.Length };
        Reading upload = client.Channel(
            client.Encode("attachments.upload", UploadRequest.Format, request),
            PayloadSources.From(content.Chunk(64_000).Select(chunk => new Payload(chunk))),
            1);
        UploadResult result = await upload.NextAsync(UploadResult.Format);
        await upload.Ended;
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(content)), result.Sha256);
        MessageSend message = new() { Room = room, Id = "id", Text = "look", Attachments = [new AttachmentInfo { Id = result.Id, Name = "x.bin", Size = result.Size, Type = "application/octet-stream" }] };
        await client.AskAsync("messages.send", MessageSend.Format, message, MessageSent.Format);

        Reading download = client.Stream("attachments.download", DownloadRequest.Format, new DownloadRequest { Room = room, Id = result.Id, Offset = 100 }, int.MaxValue);
        Payload[] chunks = await TakeAsync(download, 11);
        await download.Ended;
        Assert.Equal(content[100..], chunks.SelectMany(chunk => chunk.Data.ToArray()));
    }

    private static async Task<Payload[]> TakeAsync(Reading reading, int count)
    {
        Payload[] taken = new Payload[count];
        for (int i = 0; i < count; i++)
        {
            taken[i] = await reading.NextAsync();
        }

        return taken;
    }

    private static Payload Encode(ChatClient client, MessageSend message) => client.Encode("messages.publish", MessageSend.Format, message);
}
