using System.Buffers;
using System.Buffers.Text;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core.Internal.Http;
using Microsoft.Net.Http.Headers;
using HttpMethod = Microsoft.AspNetCore.Server.Kestrel.Core.Internal.Http.HttpMethod;
using HttpVersion = Microsoft.AspNetCore.Server.Kestrel.Core.Internal.Http.HttpVersion;

namespace RSocketIm.Server.Gateways.Front;

/// <summary>A WebSocket's opening handshake over HTTP/1.1, as the web server's own parser reads it.</summary>
/// <remarks>
/// Strict on purpose: a header twice, a body, a key that is none, and the request is not for this way in. It loses nothing by that, for
/// the web server then reads the same bytes. Spec: RFC 6455, section 4.2.1; RFC 9112.
/// </remarks>
internal sealed class UpgradeRequest : IHttpRequestLineHandler, IHttpHeadersHandler
{
    private const int KeyBytes = 16;
    private const int Version = 13;

    private static readonly HttpParser<UpgradeRequest> Parser = new();

    private bool isPlain = true;
    private Seen seen;
    private bool hasUpgrade;
    private bool hasConnection;
    private bool hasVersion;

    private UpgradeRequest()
    {
    }

    /// <summary>Length of the head in bytes, the empty line included.</summary>
    public int Length { get; private init; }

    /// <summary>What is asked for; there is no query.</summary>
    public string Path { get; private set; } = "";

    /// <summary>The header <c>Host</c>.</summary>
    public string Host { get; private set; } = "";

    /// <summary>The header <c>Sec-WebSocket-Key</c>.</summary>
    public string Key { get; private set; } = "";

    /// <summary>The header <c>Origin</c>; null: there is none.</summary>
    public string? Origin { get; private set; }

    /// <summary>The header <c>Authorization</c>; null: there is none.</summary>
    public string? Authorization { get; private set; }

    /// <summary>The header <c>Sec-WebSocket-Protocol</c>; null: there is none.</summary>
    public string? Protocols { get; private set; }

    /// <summary>Reads the head of a request.</summary>
    /// <param name="bytes">The first bytes of a connection.</param>
    /// <returns>Null: they are not the whole head of a handshake, or it has anything unusual.</returns>
    public static UpgradeRequest? TryRead(ReadOnlyMemory<byte> bytes)
    {
        int end = bytes.Span.IndexOf("\r\n\r\n"u8);
        if (end < 0 || !bytes.Span.StartsWith("GET "u8))
        {
            return null;
        }

        UpgradeRequest request = new() { Length = end + 4 };
        ReadOnlySpan<byte> head = bytes.Span[..request.Length];
        if (head.Count((byte)'\n') != head.Count("\r\n"u8))
        {
            return null; // the parser is lenient with the ends of lines
        }

        try
        {
            SequenceReader<byte> reader = new(new ReadOnlySequence<byte>(bytes[..request.Length]));
            return Parser.ParseRequestLine(request, ref reader) && Parser.ParseHeaders(request, ref reader) && reader.End && request.IsHandshake ? request : null;
        }
        catch (Microsoft.AspNetCore.Http.BadHttpRequestException)
        {
            return null; // the web server will say so
        }
    }

    private bool IsHandshake => isPlain && hasUpgrade && hasConnection && hasVersion && Host.Length > 0 && IsKey(Key);

    void IHttpRequestLineHandler.OnStartLine(HttpVersionAndMethod versionAndMethod, TargetOffsetPathLength targetPath, Span<byte> startLine)
    {
        isPlain = versionAndMethod.Method == HttpMethod.Get && versionAndMethod.Version == HttpVersion.Http11 && !targetPath.IsEncoded
            && startLine.Length == targetPath.Offset + targetPath.Length; // no query: somebody may have put a token there, and is told
        Path = Encoding.ASCII.GetString(startLine.Slice(targetPath.Offset, targetPath.Length));
    }

    void IHttpHeadersHandler.OnHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (Is(name, HeaderNames.Host))
        {
            Host = Once(Seen.Host, value);
        }
        else if (Is(name, HeaderNames.Upgrade))
        {
            hasUpgrade = Once(Seen.Upgrade, value).Equals("websocket", StringComparison.OrdinalIgnoreCase);
        }
        else if (Is(name, HeaderNames.Connection))
        {
            hasConnection = Names(Once(Seen.Connection, value), HeaderNames.Upgrade, StringComparison.OrdinalIgnoreCase);
        }
        else if (Is(name, HeaderNames.SecWebSocketVersion))
        {
            hasVersion = Once(Seen.Version, value) == $"{Version}";
        }
        else if (Is(name, HeaderNames.SecWebSocketKey))
        {
            Key = Once(Seen.Key, value);
        }
        else if (Is(name, HeaderNames.SecWebSocketProtocol))
        {
            Protocols = Once(Seen.Protocols, value);
        }
        else if (Is(name, HeaderNames.Origin))
        {
            Origin = Once(Seen.Origin, value);
        }
        else if (Is(name, HeaderNames.Authorization))
        {
            Authorization = Once(Seen.Authorization, value);
        }
        else if (Is(name, HeaderNames.ContentLength) || Is(name, HeaderNames.TransferEncoding) || Is(name, HeaderNames.Expect))
        {
            isPlain = false;
        }
    }

    void IHttpHeadersHandler.OnHeadersComplete(bool endStream)
    {
    }

    void IHttpHeadersHandler.OnStaticIndexedHeader(int index) => throw new NotSupportedException("HTTP/1.1 has no indexed headers.");

    void IHttpHeadersHandler.OnStaticIndexedHeader(int index, ReadOnlySpan<byte> value) => throw new NotSupportedException("HTTP/1.1 has no indexed headers.");

    /// <summary>Whether a list of names has one.</summary>
    public static bool Names(string list, string name, StringComparison comparison)
    {
        foreach (Range part in list.AsSpan().Split(','))
        {
            if (list.AsSpan(part).Trim().Equals(name, comparison))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Is(ReadOnlySpan<byte> name, string known) => Ascii.EqualsIgnoreCase(name, known);

    private static bool IsKey(string key)
    {
        Span<byte> bytes = stackalloc byte[KeyBytes];
        return key.Length == Base64.GetMaxEncodedToUtf8Length(KeyBytes) && Convert.TryFromBase64String(key, bytes, out int length) && length == KeyBytes;
    }

    private string Once(Seen header, ReadOnlySpan<byte> value)
    {
        isPlain &= (seen & header) == 0;
        seen |= header;
        return Encoding.Latin1.GetString(value);
    }

    [Flags]
    private enum Seen
    {
        Host = 1,
        Upgrade = 2,
        Connection = 4,
        Version = 8,
        Key = 16,
        Protocols = 32,
        Origin = 64,
        Authorization = 128,
    }
}
