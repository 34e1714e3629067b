using System.Security.Cryptography;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Streams;
using RSocketIm.Server.Contracts;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.EndToEnd.Routes;

/// <summary><c>attachments.</c></summary>
internal static class AttachmentScenarios
{
    public static IReadOnlyList<RouteScenario> All { get; } =
    [
        new("attachments.upload", Interaction.RequestChannel, UploadAsync),
        new("attachments.download", Interaction.RequestStream, DownloadAsync),
    ];

    private static async Task UploadAsync(Callers callers)
    {
        (JsonCaller sender, JsonCaller receiver) = await callers.TwoInARoomAsync();
        byte[] content = RandomNumberGenerator.GetBytes(300_001);
        UploadRequest request = new() { Room = callers.Room, Name = "naïve 🦆.bin", Type = "application/octet-stream", Size = content.Length };
        UploadResult result = await UploadAsync(sender, request with { Sha256 = Hash(content) }, content);
        Assert.Equal((content.Length, Hash(content)), (result.Size, result.Sha256));

        AttachmentInfo attachment = new() { Id = result.Id, Name = request.Name, Size = request.Size, Type = request.Type };
        MessageSent sent = await sender.SendAsync(new MessageSend { Room = callers.Room, Id = "f1", Text = "see", Attachments = [attachment] });
        Assert.Equal([attachment], (await receiver.MessageAsync(callers.Room, sent.Seq)).Attachments!);

        await Refused.WithAsync(
            "bad_request: 'size' is 300001, but 300000 bytes came; nothing was kept.", UploadAsync(sender, request, content[1..]));
        string other = Hash(content[1..]);
        await Refused.WithAsync(
            $"bad_request: 'sha256' is {other}, but what came has {Hash(content)}; nothing was kept.",
            UploadAsync(sender, request with { Sha256 = other }, content));
        JsonCaller stranger = await callers.AsAsync("stranger");
        await Refused.WithAsync($"forbidden: You are not a member of room {callers.Room}.", UploadAsync(stranger, request, content));
    }

    private static async Task DownloadAsync(Callers callers)
    {
        (JsonCaller sender, JsonCaller receiver) = await callers.TwoInARoomAsync();
        byte[] content = RandomNumberGenerator.GetBytes(200_000);
        UploadRequest request = new() { Room = callers.Room, Name = "a", Type = "", Size = content.Length };
        string id = (await UploadAsync(sender, request, content)).Id;
        Assert.Equal(content, await ReadAsync(Download(receiver, id, 0, 100)));
        Assert.Equal(content[199_000..], await ReadAsync(Download(receiver, id, 199_000, 100)));

        // Without credit nothing more comes, and with it the rest.
        Reading slow = Download(receiver, id, 0, 1);
        Payload first = await slow.NextAsync();
        Assert.Equal(content[..first.Data.Length], first.Data.ToArray());
        await receiver.InfoAsync(callers.Room);
        Assert.Equal(1, slow.Count);
        slow.Grant(100);
        Assert.Equal(content[first.Data.Length..], await ReadAsync(slow));

        await Refused.WithAsync("bad_request: 'offset' is 200001, allowed is 0..200000.", Download(receiver, id, 200_001, 1).Ended);
        await Refused.WithAsync($"not_found: Room {callers.Room} has no attachment none.", Download(receiver, "none", 0, 1).Ended);

        Reading Download(JsonCaller caller, string attachment, long offset, int credit) => caller.Stream(
            "attachments.download", DownloadRequest.Format, new DownloadRequest { Room = callers.Room, Id = attachment, Offset = offset }, credit);
    }

    private static string Hash(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    private static async Task<UploadResult> UploadAsync(JsonCaller caller, UploadRequest request, byte[] content)
    {
        PayloadSource chunks = PayloadSources.From(content.Chunk(50_000).Select(static chunk => new Payload(chunk)));
        Reading upload = caller.Channel("attachments.upload", UploadRequest.Format, request, chunks, 1);
        await upload.Ended;
        return await upload.NextAsync(UploadResult.Format);
    }

    private static async Task<byte[]> ReadAsync(Reading download)
    {
        List<byte> content = [];
        await foreach (Payload chunk in download.RestAsync())
        {
            Assert.InRange(chunk.Data.Length, 1, 64 * 1024);
            content.AddRange(chunk.Data.ToArray());
        }

        return [.. content];
    }
}
