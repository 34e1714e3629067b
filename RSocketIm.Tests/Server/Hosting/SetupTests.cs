using RSocketIm.Protocol;
using RSocketIm.Protocol.Connections;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Payloads.Metadata;
using RSocketIm.Server.Accounts;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Server.Hosting;

/// <summary>SETUP as a client sends it, to a whole server.</summary>
public sealed class SetupTests(HostedServer server) : IClassFixture<HostedServer>
{
    private const string Composite = "message/x.rsocket.composite-metadata.v0";
    private const string Routing = "message/x.rsocket.routing.v0";

    private static readonly byte[] Guest = new RequestMetadata().Simple("setup-guest", "").ToArray();

    [Theory]
    [InlineData("application/vnd.msgpack")]
    [InlineData("application/x-msgpack")]
    [InlineData("application/msgpack")]
    [InlineData("Application/JSON")]
    public async Task Setup_WithAFormatOfTheContract_IsAccepted(string dataMimeType) =>
        Assert.Null(await RefusalAsync(server.Tcp, dataMimeType, Composite, Guest));

    [Theory]
    [InlineData("application/cbor", Composite)]
    [InlineData("application/json", "text/plain")]
    public async Task Setup_WithAnotherFormat_IsUnsupportedAndToldTheTwo(string dataMimeType, string metadataMimeType)
    {
        RSocketException refusal = (await RefusalAsync(server.Tcp, dataMimeType, metadataMimeType, Guest))!;
        Assert.Equal(ErrorCode.UnsupportedSetup, refusal.Code);
        string[] allowed = metadataMimeType == Composite ? ["application/vnd.msgpack", "application/json"] : [Composite, Routing];
        Assert.All(allowed, one => Assert.Contains(one, refusal.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Setup_WithoutCredentials_IsRejectedInTheSameWordsAsWithWrongOnes()
    {
        byte[] wrong = new RequestMetadata().Simple("setup-guest", "password").ToArray();
        RSocketException[] refusals =
        [
            (await RefusalAsync(server.Tcp, "application/json", Composite, []))!,
            (await RefusalAsync(server.Tcp, "application/json", Routing, Guest))!,
            (await RefusalAsync(server.Tcp, "application/json", Composite, wrong))!,
            (await RefusalAsync(server.WebSocket, "application/json", Composite, new RequestMetadata().Bearer("wrong").ToArray()))!,
        ];
        Assert.All(refusals, refusal => Assert.Equal((ErrorCode.RejectedSetup, Authenticator.Refusal), (refusal.Code, refusal.Message)));
    }

    [Fact]
    public async Task Setup_WithMalformedMetadata_IsInvalid()
    {
        byte[] malformed = [.. Guest, 0xFE, 0, 0, 9];
        Assert.Equal(ErrorCode.InvalidSetup, (await RefusalAsync(server.Tcp, "application/json", Composite, malformed))!.Code);
    }

    // RSocket does not acknowledge a SETUP: what became of it shows in the first request.
    private static async Task<RSocketException?> RefusalAsync(string address, string dataMimeType, string metadataMimeType, byte[] metadata)
    {
        ConnectionSetup setup = new() { DataMimeType = dataMimeType, MetadataMimeType = metadataMimeType, Payload = new Payload(default, metadata) };
        await using RSocketClient client = await RSocketClient.ConnectAsync(address, new RSocketClientOptions { Setup = setup });
        try
        {
            await client.RequestResponseAsync(new Payload(default, RequestMetadata.ForRoute("system.echo"))).AsTask().WaitAsync(ChatClient.Patience);
            return null;
        }
        catch (RSocketException refusal)
        {
            await client.Closed.WaitAsync(ChatClient.Patience);
            return client.CloseReason as RSocketException ?? refusal;
        }
    }
}
