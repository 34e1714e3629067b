// Joins a room, says hello and prints what is said there, at the reader's pace:
//   dotnet run --project samples/FeedSample -- ws://127.0.0.1:7070/rsocket alice lobby
using System.Text.Json;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Connections;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Payloads.Metadata;
using RSocketIm.Protocol.Streams;

(string address, string user, string room) = args is [var first, var second, var third] ? (first, second, third) : ("ws://127.0.0.1:7070/rsocket", "alice", "lobby");

// The identity travels in SETUP: here a guest's name, or .Bearer(token).
byte[] credentials = new RequestMetadata().Simple(user, "").ToArray();
ConnectionSetup setup = new() { DataMimeType = "application/json", Payload = new Payload(default, credentials) };
await using RSocketClient client = await RSocketClient.ConnectAsync(address, new RSocketClientOptions { Setup = setup, Resume = new ResumeOptions() });
try
{
    await client.RequestResponseAsync(Request("rooms.create", new { room }));
}
catch (RSocketException error) when ((uint)error.Code == 0x409)
{
    await client.RequestResponseAsync(Request("rooms.join", new { room })); // somebody else made it
}

Payload sent = await client.RequestResponseAsync(Request("messages.send", new { room, id = Guid.NewGuid(), text = $"Hello from {user}" }));
Console.WriteLine($"sent: {sent.DataText}");

// All of the room from its first entry on, then live. At most 16 events are under way; more are asked for as these are printed.
RefillPolicy pace = new() { Prefetch = 16 };
try
{
    await foreach (Payload entry in client.RequestStreamAsync(Request("rooms.feed", new { room, after = 0 }), pace)) { Console.WriteLine(entry.DataText); }
}
catch (RSocketException error)
{
    Console.Error.WriteLine($"The feed ended: {error.Message}");
}

static Payload Request(string route, object data) => new(JsonSerializer.SerializeToUtf8Bytes(data), RequestMetadata.ForRoute(route));
