using System.Text;
using RSocketIm.Server.Gateways.Front;

namespace RSocketIm.Tests.Server.Gateways.Front;

/// <summary>Which heads are a handshake that is in order.</summary>
public sealed class UpgradeRequestTests
{
    private const string Key = "dGhlIHNhbXBsZSBub25jZQ==";

    private const string Minimum =
        $"GET /rsocket HTTP/1.1\r\nHost: chat.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {Key}\r\n\r\n";

    private const string Chromium =
        "GET /rsocket HTTP/1.1\r\n" +
        "Host: chat.example:7070\r\n" +
        "Connection: Upgrade\r\n" +
        "Pragma: no-cache\r\n" +
        "Cache-Control: no-cache\r\n" +
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36\r\n" +
        "Upgrade: websocket\r\n" +
        "Origin: https://friend.example\r\n" +
        "Sec-WebSocket-Version: 13\r\n" +
        "Accept-Encoding: gzip, deflate, br, zstd\r\n" +
        "Accept-Language: en-GB,en;q=0.9,de;q=0.8\r\n" +
        "Cookie: theme=dark; other=1\r\n" +
        "Authorization: Bearer abc.def\r\n" +
        $"Sec-WebSocket-Key: {Key}\r\n" +
        "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n" +
        "Sec-WebSocket-Protocol: rsocket, other\r\n" +
        "\r\n";

    /// <summary>What each makes of the smallest good head.</summary>
    public static TheoryData<string, string> Unusual => new()
    {
        { "GET ", "POST " },
        { "GET ", "get " },
        { "GET ", "\r\nGET " },
        { "HTTP/1.1", "HTTP/1.0" },
        { "HTTP/1.1", "HTTP/2.0" },
        { " HTTP/1.1", "" },
        { "/rsocket ", "/rsocket? " },
        { "/rsocket ", "/rsocket?token=abc " },
        { "/rsocket", "/%72socket" },
        { "Host: chat.example\r\n", "" },
        { "Host: chat.example", "Host:" },
        { "Host: chat.example\r\n", "Host: chat.example\r\nHost: chat.example\r\n" },
        { "Host: chat.example", "Host chat.example" },
        { "Host: chat.example", "Host : chat.example" },
        { "Host: chat.example\r\n", "Host: chat.example\r\n folded\r\n" },
        { "Host: chat.example\r\n", "Host: chat.example\n" },
        { "Host: chat.example\r\n", "Host: chat.example\r" },
        { "HTTP/1.1\r\n", "HTTP/1.1\n" },
        { "Upgrade: websocket\r\n", "" },
        { "Upgrade: websocket", "Upgrade: h2c" },
        { "Upgrade: websocket", "Upgrade: websocket, h2c" },
        { "Upgrade: websocket\r\n", "Upgrade: websocket\r\nUpgrade: websocket\r\n" },
        { "Connection: Upgrade\r\n", "" },
        { "Connection: Upgrade", "Connection: keep-alive" },
        { "Connection: Upgrade", "Connection: Upgrades" },
        { "Connection: Upgrade\r\n", "Connection: Upgrade\r\nConnection: Upgrade\r\n" },
        { "Sec-WebSocket-Version: 13\r\n", "" },
        { "Version: 13", "Version: 8" },
        { "Version: 13", "Version: 013" },
        { "Version: 13\r\n", "Version: 13\r\nSec-WebSocket-Version: 13\r\n" },
        { $"Sec-WebSocket-Key: {Key}\r\n", "" },
        { Key, "" },
        { Key, Convert.ToBase64String(new byte[15]) },
        { Key, Convert.ToBase64String(new byte[17]) },
        { Key, new string('!', 24) },
        { Key, "dGhlIHNhbXBsZSBub25jZQ" },
        { $"{Key}\r\n", $"{Key}\r\nSec-WebSocket-Key: {Key}\r\n" },
        { $"{Key}\r\n", $"{Key}\r\nOrigin: http://a.example\r\nOrigin: http://b.example\r\n" },
        { $"{Key}\r\n", $"{Key}\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\n" },
        { $"{Key}\r\n", $"{Key}\r\nSec-WebSocket-Protocol: rsocket\r\nSec-WebSocket-Protocol: other\r\n" },
        { $"{Key}\r\n", $"{Key}\r\nContent-Length: 0\r\n" },
        { $"{Key}\r\n", $"{Key}\r\nTransfer-Encoding: chunked\r\n" },
        { $"{Key}\r\n", $"{Key}\r\nExpect: 100-continue\r\n" },
        { $"{Key}\r\n", $"{Key}\r\n: nothing\r\n" },
    };

    [Fact]
    public void Head_OfABrowser_IsReadWhole()
    {
        UpgradeRequest request = Read(Chromium)!;
        Assert.Equal(("/rsocket", "chat.example:7070", Key), (request.Path, request.Host, request.Key));
        Assert.Equal(("https://friend.example", "Bearer abc.def", "rsocket, other"), (request.Origin, request.Authorization, request.Protocols));
        Assert.Equal(Chromium.Length, request.Length);
    }

    [Fact]
    public void Head_WithTheLeastThatAHandshakeNeeds_HasNothingElse()
    {
        UpgradeRequest request = Read(Minimum)!;
        Assert.Equal(("/rsocket", "chat.example", Key, Minimum.Length), (request.Path, request.Host, request.Key, request.Length));
        Assert.Equal((null, null, null), (request.Origin, request.Authorization, request.Protocols));
    }

    [Theory]
    [InlineData(Minimum)]
    [InlineData(Chromium)]
    public void BytesBehindTheHead_AreNotOfIt(string head)
    {
        Assert.Equal(head.Length, Read(head + "\u0082\u0085 and whatever\r\n\r\n")!.Length);
        Assert.Equal(head.Length, Read(head + head)!.Length);
    }

    [Theory]
    [InlineData(Minimum)]
    [InlineData(Chromium)]
    public void HeadThatIsNotWhole_IsNone(string head)
    {
        for (int length = 0; length < head.Length; length++)
        {
            Assert.True(Read(head[..length]) is null, $"The first {length} bytes were taken for a head.");
        }
    }

    [Theory]
    [MemberData(nameof(Unusual))]
    public void HeadWithAnythingUnusual_IsNone(string good, string unusual)
    {
        string head = Minimum.Replace(good, unusual, StringComparison.Ordinal);
        Assert.NotEqual(Minimum, head);
        Assert.Null(Read(head));
    }

    [Theory]
    [InlineData("Host:\r\n", "Host: chat.example\r\n")]
    [InlineData("Upgrade: h2c\r\n", "Upgrade: websocket\r\n")]
    [InlineData("Sec-WebSocket-Version: 8\r\n", "Sec-WebSocket-Version: 13\r\n")]
    [InlineData("Sec-WebSocket-Key:\r\n", "Sec-WebSocket-Key: ")]
    public void HeaderTwice_IsNoHandshake_AlsoWhenTheFirstOneSaysNothingOfUse(string first, string second)
    {
        string head = Minimum.Replace(second, first + second, StringComparison.Ordinal);
        Assert.NotEqual(Minimum, head);
        Assert.Null(Read(head));
    }

    [Fact]
    public void NamesOfHeaders_AndOfTheProtocol_AreReadInAnyCase()
    {
        foreach (string head in (string[])
        [
            Chromium.Replace("Sec-WebSocket", "sec-websocket", StringComparison.Ordinal).Replace("Host:", "host:", StringComparison.Ordinal)
                .Replace("Upgrade: websocket", "upgrade: WebSocket", StringComparison.Ordinal).Replace("Connection: Upgrade", "connection: upgrade", StringComparison.Ordinal)
                .Replace("Origin:", "origin:", StringComparison.Ordinal).Replace("Authorization:", "authorization:", StringComparison.Ordinal),
            Chromium.Replace("Sec-WebSocket", "SEC-WEBSOCKET", StringComparison.Ordinal).Replace("Host:", "HOST:", StringComparison.Ordinal)
                .Replace("Upgrade: websocket", "UPGRADE: WEBSOCKET", StringComparison.Ordinal).Replace("Connection: Upgrade", "CONNECTION: UPGRADE", StringComparison.Ordinal)
                .Replace("Origin:", "ORIGIN:", StringComparison.Ordinal).Replace("Authorization:", "AUTHORIZATION:", StringComparison.Ordinal),
        ])
        {
            UpgradeRequest request = Read(head)!;
            Assert.Equal(("chat.example:7070", Key, "https://friend.example"), (request.Host, request.Key, request.Origin));
            Assert.Equal(("Bearer abc.def", "rsocket, other"), (request.Authorization, request.Protocols));
        }
    }

    [Theory]
    [InlineData("keep-alive, Upgrade")] // Firefox
    [InlineData("upgrade,keep-alive")]
    public void Connection_MayNameMoreThanTheUpgrade(string value) =>
        Assert.NotNull(Read(Minimum.Replace("Connection: Upgrade", $"Connection: {value}", StringComparison.Ordinal)));

    [Theory]
    [InlineData("rsocket", true)]
    [InlineData("other, rsocket", true)]
    [InlineData("other ,\trsocket ,", true)]
    [InlineData("RSocket", false)]
    [InlineData("rsocket2,my rsocket", false)]
    [InlineData("", false)]
    public void List_HasANameWhole(string list, bool has) => Assert.Equal(has, UpgradeRequest.Names(list, "rsocket", StringComparison.Ordinal));

    [Theory]
    [InlineData(Minimum)]
    [InlineData(Chromium)]
    public void HeadWithDamage_IsReadOrNot_AndNeverThrows(string head)
    {
        Random random = new(1);
        byte[] good = Encoding.Latin1.GetBytes(head);
        int read = 0;
        for (int i = 0; i < 5_000; i++)
        {
            List<byte> bytes = [.. good];
            for (int damage = random.Next(1, 4); damage > 0; damage--)
            {
                int at = random.Next(bytes.Count);
                switch (random.Next(4))
                {
                    case 0:
                        bytes[at] = (byte)random.Next(256);
                        break;
                    case 1:
                        bytes.Insert(at, (byte)random.Next(256));
                        break;
                    case 2:
                        bytes.RemoveAt(at);
                        break;
                    default:
                        bytes[at] = "\r\n :\0%?,"u8[random.Next(8)];
                        break;
                }
            }

            if (UpgradeRequest.TryRead(bytes.ToArray()) is { } request)
            {
                read++;
                Assert.InRange(request.Length, 1, bytes.Count);
                Assert.NotEmpty(request.Host);
            }
        }

        Assert.InRange(read, 1, 4_999); // some damage is to a value that nobody looks at
    }

    [Fact]
    public void BytesOfNoMeaning_AreNoHead_AndNeverThrow()
    {
        Random random = new(1);
        for (int i = 0; i < 2_000; i++)
        {
            byte[] bytes = new byte[random.Next(300)];
            random.NextBytes(bytes);
            Assert.Null(UpgradeRequest.TryRead(bytes));
            Assert.Null(UpgradeRequest.TryRead((byte[])[.. "GET "u8, .. bytes, .. "\r\n\r\n"u8]));
        }
    }

    private static UpgradeRequest? Read(string head) => UpgradeRequest.TryRead(Encoding.Latin1.GetBytes(head));
}
