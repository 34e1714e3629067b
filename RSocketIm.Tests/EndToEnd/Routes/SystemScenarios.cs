using System.Security.Cryptography;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Streams;
using RSocketIm.Server.Contracts;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.EndToEnd.Routes;

/// <summary><c>system.</c></summary>
internal static class SystemScenarios
{
    public static IReadOnlyList<RouteScenario> All { get; } =
    [
        new("system.echo", Interaction.RequestResponse, EchoAsync),
        new("system.echo", Interaction.RequestChannel, EchoChannelAsync),
        new("system.count", Interaction.RequestStream, CountAsync),
        new("system.whoami", Interaction.RequestResponse, WhoAmIAsync),
    ];

    private static async Task EchoAsync(Callers callers)
    {
        JsonCaller caller = await callers.AsAsync("echoer");
        byte[] sent = RandomNumberGenerator.GetBytes(100_000); // more than a frame
        Assert.Equal(sent, await caller.AskAsync("system.echo", sent));

        // It takes anything: what there is to refuse is another name.
        await Refused.WithAsync("not_found: There is no route system.echoes.", caller.AskAsync("system.echoes", sent));
    }

    private static async Task EchoChannelAsync(Callers callers)
    {
        JsonCaller caller = await callers.AsAsync("echoer");
        PayloadSource rest = PayloadSources.From(Enumerable.Range(1, 99).Select(static i => Payload.FromText($"{i}")));
        Reading echo = caller.Channel("system.echo", "0"u8.ToArray(), rest, 100);
        for (int i = 0; i < 100; i++)
        {
            Assert.Equal($"{i}", (await echo.NextAsync()).DataText);
        }

        await echo.Ended;
        Reading refused = caller.Channel("system.whoami", "{}"u8.ToArray(), PayloadSources.Empty(), 1);
        await Refused.WithAsync("not_found: Route system.whoami does not serve request-channel.", refused.Ended);
    }

    private static async Task CountAsync(Callers callers)
    {
        JsonCaller caller = await callers.AsAsync("counter");
        Reading count = caller.Stream("system.count", CountRequest.Format, new CountRequest { Count = 3, Bytes = 500 }, 10);
        for (int i = 1; i <= 3; i++)
        {
            Payload item = await count.NextAsync();
            Assert.Equal(i, CountItem.Format.Read(RSocketIm.Protocol.Payloads.Records.DataFormat.Json, item.Data).I);
            Assert.InRange(item.Data.Length, 490, 510);
        }

        await count.Ended;
        Reading refused = caller.Stream("system.count", CountRequest.Format, new CountRequest { Count = -1 }, 1);
        await Refused.WithAsync("bad_request: count is -1, but must be a whole number from 0 to 9007199254740992.", refused.Ended);
    }

    private static async Task WhoAmIAsync(Callers callers)
    {
        (JsonCaller first, JsonCaller second) = (await callers.AsAsync("narcissus"), await callers.AsAsync("narcissus"));
        (WhoAmI one, WhoAmI two) = (await WhoAmIAsync(first), await WhoAmIAsync(second));
        Assert.Equal(first.User, one.User);
        Assert.Equal((one.User, one.Node, one.Version), (two.User, two.Node, two.Version));
        Assert.NotEqual(one.Connection, two.Connection);
        Assert.InRange(two.Now, one.Now, one.Now + (long)ChatClient.Patience.TotalMilliseconds);
        await Refused.WithAsync("bad_request: The record is a list, but must be a map.", first.AskAsync("system.whoami", "[]"u8.ToArray()));
    }

    private static Task<WhoAmI> WhoAmIAsync(JsonCaller caller) => caller.AskAsync("system.whoami", EmptyRecord.Format, new EmptyRecord(), WhoAmI.Format);
}
