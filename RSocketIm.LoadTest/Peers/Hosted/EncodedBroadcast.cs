using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace RSocketIm.LoadTest.Peers.Hosted;

/// <summary>The practical limit of a broadcast on Kestrel: whatever has come from the publisher is encoded once, and those bytes are written once to each upgraded connection.</summary>
internal sealed class EncodedBroadcast
{
    private const int Header = 6; // of a client's frame of less than 126 bytes: two bytes and the mask
    private const string WebSocketMagic = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    private static readonly byte[] Welcome = [0x82, 1, 1];

    private readonly ConcurrentDictionary<Stream, bool> subscribers = new();

    public void Map(WebApplication app)
    {
        app.Map("/subscribe-encoded", SubscribeAsync);
        app.Map("/publish-encoded", PublishAsync);
    }

    private static async Task<Stream> UpgradeAsync(HttpContext context)
    {
        string key = context.Request.Headers.SecWebSocketKey.ToString();
#pragma warning disable CA5350 // WebSocket's own handshake asks for SHA-1; nothing secret depends on it.
        context.Response.Headers.SecWebSocketAccept = Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + WebSocketMagic)));
#pragma warning restore CA5350
        context.Response.Headers.Upgrade = "websocket";
        Stream stream = await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync().ConfigureAwait(false);
        await stream.WriteAsync(Welcome).ConfigureAwait(false);
        return stream;
    }

    private async Task SubscribeAsync(HttpContext context)
    {
        Stream stream = await UpgradeAsync(context).ConfigureAwait(false);
        subscribers.TryAdd(stream, true);
        byte[] buffer = new byte[64];
        try
        {
            while (await stream.ReadAsync(buffer).ConfigureAwait(false) > 0)
            {
            }
        }
        catch (IOException)
        {
            // Reset: the load's connections go without a word.
        }
        finally
        {
            subscribers.TryRemove(stream, out _);
        }
    }

    private async Task PublishAsync(HttpContext context)
    {
        Stream stream = await UpgradeAsync(context).ConfigureAwait(false);
        byte[] input = new byte[64 * 1024];
        byte[] output = new byte[input.Length];
        int length = 0;
        while (await stream.ReadAsync(input.AsMemory(length)).ConfigureAwait(false) is > 0 and int count)
        {
            length += count;
            (int used, int made) = Encode(input.AsSpan(0, length), output);
            input.AsSpan(used, length - used).CopyTo(input);
            length -= used;
            List<Task> slow = [];
            foreach ((Stream target, _) in subscribers)
            {
                ValueTask writing = target.WriteAsync(output.AsMemory(0, made));
                if (!writing.IsCompletedSuccessfully)
                {
                    slow.Add(writing.AsTask());
                }
            }

            await Task.WhenAll(slow).ConfigureAwait(false);
        }
    }

    // Frames of a client to frames of a server: without the mask.
    private static (int Used, int Made) Encode(ReadOnlySpan<byte> input, Span<byte> output)
    {
        int used = 0;
        int made = 0;
        while (input.Length - used >= Header && input.Length - used >= Header + (input[used + 1] & 0x7F))
        {
            int length = input[used + 1] & 0x7F;
            output[made] = input[used];
            output[made + 1] = (byte)length;
            for (int i = 0; i < length; i++)
            {
                output[made + 2 + i] = (byte)(input[used + Header + i] ^ input[used + 2 + (i & 3)]);
            }

            used += Header + length;
            made += 2 + length;
        }

        return (used, made);
    }
}
