using RSocketIm.Protocol;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Streams;
using RSocketIm.Server.Contracts;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Server.Attachments;

/// <summary>The quota of a room, as a client over the network meets it.</summary>
public sealed class AttachmentQuotaTests : IAsyncLifetime
{
    private readonly HostedServer server = new() { Options = ["--RSocketIm:Limits:AttachmentBytesPerRoom=1000"] };

    public Task InitializeAsync() => server.InitializeAsync();

    public Task DisposeAsync() => server.DisposeAsync();

    [Fact]
    public async Task ManyUploadsAtOnce_FillTheRoomAndNoMore_AndTheRestIsCounted()
    {
        await using ChatClient client = await server.GuestAsync();
        await client.CreateAsync("lobby");
        (UploadResult? Kept, RSocketException? Refused)[] all = await Task.WhenAll(Enumerable.Range(0, 16).Select(number => UploadAsync(client, (byte)number)));

        Assert.Equal(3, all.Count(upload => upload.Kept is not null));
        Assert.All(all.Where(upload => upload.Refused is not null), upload =>
        {
            Assert.Equal((uint)ContractError.TooLarge, (uint)upload.Refused!.Code);
            Assert.Contains("RSocketIm:Limits:AttachmentBytesPerRoom", upload.Refused.Message, StringComparison.Ordinal);
        });
        string metrics = await server.Client.GetStringAsync("/metrics");
        Assert.Contains("\nrsocketim_attachments_kept_total 3\n", metrics, StringComparison.Ordinal);
        Assert.Contains("\nrsocketim_attachments_over_quota_total 13\n", metrics, StringComparison.Ordinal);
    }

    private static async Task<(UploadResult? Kept, RSocketException? Refused)> UploadAsync(ChatClient client, byte filler)
    {
        byte[] content = new byte[300];
        content.AsSpan().Fill(filler);
        UploadRequest request = new() { Room = "lobby", Name = "x.bin", Type = "application/octet-stream", Size = content.Length };
        Reading upload = client.Channel(client.Encode("attachments.upload", UploadRequest.Format, request), PayloadSources.From([new Payload(content)]), 1);
        try
        {
            await upload.Ended;
            return (await upload.NextAsync(UploadResult.Format), null);
        }
        catch (RSocketException refused)
        {
            return (null, refused);
        }
    }
}
