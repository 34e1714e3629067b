using System.Buffers.Binary;
using System.Text;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads.Metadata;

namespace RSocketIm.Tests.TestKit;

/// <summary>Frames made byte by byte, without the writer that is under test; also those that no writer would make.</summary>
internal static class Build
{
    public const FrameFlags F = FrameFlags.Follows;
    public const FrameFlags C = FrameFlags.Complete;
    public const FrameFlags N = FrameFlags.Next;
    public const FrameFlags M = FrameFlags.Metadata;
    public const FrameFlags I = FrameFlags.Ignore;

    public static byte[] Frame(long streamId, int type, FrameFlags flags, params byte[][] body)
    {
        byte[] header = new byte[6];
        BinaryPrimitives.WriteUInt32BigEndian(header, (uint)streamId);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(4), (ushort)((type << 10) | (int)flags));
        return [.. header, .. body.SelectMany(part => part)];
    }

    public static byte[] Frame(long streamId, FrameType type, FrameFlags flags, params byte[][] body) => Frame(streamId, (int)type, flags, body);

    public static byte[] Setup(
        int major = 1,
        int minor = 0,
        int keepAlive = 3_600_000,
        int lifetime = 7_200_000,
        byte[]? token = null,
        bool lease = false,
        string metadataMime = "text/plain",
        string dataMime = "text/plain",
        string? metadata = null,
        string data = "",
        int streamId = 0) =>
        Frame(
            streamId,
            FrameType.Setup,
            (token is null ? 0 : FrameFlags.ResumeEnable) | (lease ? FrameFlags.Lease : 0) | (metadata is null ? 0 : M),
            Int16(major),
            Int16(minor),
            Int32(keepAlive),
            Int32(lifetime),
            token is null ? [] : [.. Int16(token.Length), .. token],
            Mime(metadataMime),
            Mime(dataMime),
            Content(metadata, data));

    /// <summary>A SETUP whose metadata are bytes, such as credentials.</summary>
    public static byte[] Setup(bool lease, string metadataMime, string dataMime, byte[] metadata) =>
        Frame(
            0,
            FrameType.Setup,
            M | (lease ? FrameFlags.Lease : 0),
            Int16(1),
            Int16(0),
            Int32(3_600_000),
            Int32(7_200_000),
            Mime(metadataMime),
            Mime(dataMime),
            [0, (byte)(metadata.Length >> 8), (byte)metadata.Length],
            metadata);

    /// <summary>A request for a route, with data as JSON.</summary>
    public static byte[] Routed(long id, FrameType type, string route, string json, FrameFlags flags = 0)
    {
        byte[] metadata = RequestMetadata.ForRoute(route);
        byte[] initial = type is FrameType.RequestStream or FrameType.RequestChannel ? Int32(1) : [];
        return Frame(id, type, flags | M, initial, [0, (byte)(metadata.Length >> 8), (byte)metadata.Length], metadata, Text(json));
    }

    public static byte[] RequestResponse(long id, string data = "", string? metadata = null, FrameFlags flags = 0) =>
        Frame(id, FrameType.RequestResponse, flags | (metadata is null ? 0 : M), Content(metadata, data));

    public static byte[] RequestFnf(long id, string data = "", string? metadata = null, FrameFlags flags = 0) =>
        Frame(id, FrameType.RequestFireAndForget, flags | (metadata is null ? 0 : M), Content(metadata, data));

    public static byte[] RequestStream(long id, long n, string data = "", string? metadata = null, FrameFlags flags = 0) =>
        Frame(id, FrameType.RequestStream, flags | (metadata is null ? 0 : M), Int32(n), Content(metadata, data));

    public static byte[] RequestChannel(long id, long n, string data = "", string? metadata = null, FrameFlags flags = 0) =>
        Frame(id, FrameType.RequestChannel, flags | (metadata is null ? 0 : M), Int32(n), Content(metadata, data));

    public static byte[] Payload(long id, string data, FrameFlags flags = FrameFlags.Next, string? metadata = null) =>
        Frame(id, FrameType.Payload, flags | (metadata is null ? 0 : M), Content(metadata, data));

    public static byte[] Complete(long id) => Frame(id, FrameType.Payload, C);

    public static byte[] RequestN(long id, long n) => Frame(id, FrameType.RequestN, 0, Int32(n));

    public static byte[] Cancel(long id) => Frame(id, FrameType.Cancel, 0);

    public static byte[] Error(long id, ErrorCode code, string message = "") => Frame(id, FrameType.Error, 0, Int32((uint)code), Text(message));

    public static byte[] KeepAlive(bool respond, byte[]? data = null, long id = 0, long position = 0) =>
        Frame(id, FrameType.KeepAlive, respond ? FrameFlags.Respond : 0, Int64(position), data ?? []);

    public static byte[] Lease(int timeToLive, int requests, long id = 0) => Frame(id, FrameType.Lease, 0, Int32(timeToLive), Int32(requests));

    public static byte[] MetadataPush(string? metadata, long id = 0) =>
        Frame(id, FrameType.MetadataPush, metadata is null ? 0 : M, Text(metadata ?? ""));

    public static byte[] Extension(FrameFlags flags, int extendedType = 0x123, long id = 0) => Frame(id, FrameType.Extension, flags, Int32(extendedType));

    public static byte[] Resume(long id = 0, byte[]? token = null, long lastReceived = 0, long firstAvailable = 0, int major = 1, int minor = 0)
    {
        token ??= Text("abc");
        return Frame(id, FrameType.Resume, 0, Int16(major), Int16(minor), Int16(token.Length), token, Int64(lastReceived), Int64(firstAvailable));
    }

    public static byte[] ResumeOk(long lastReceived) => Frame(0, FrameType.ResumeOk, 0, Int64(lastReceived));

    /// <summary>Puts the 24-bit length before a frame.</summary>
    public static byte[] Prefixed(byte[] frame) => [(byte)(frame.Length >> 16), (byte)(frame.Length >> 8), (byte)frame.Length, .. frame];

    public static byte[] Hex(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

    public static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    private static byte[] Content(string? metadata, string data)
    {
        if (metadata is null)
        {
            return Text(data);
        }

        byte[] bytes = Text(metadata);
        return [(byte)(bytes.Length >> 16), (byte)(bytes.Length >> 8), (byte)bytes.Length, .. bytes, .. Text(data)];
    }

    private static byte[] Mime(string mime) => [(byte)mime.Length, .. Encoding.Latin1.GetBytes(mime)];

    private static byte[] Int16(int value) => [(byte)(value >> 8), (byte)value];

    private static byte[] Int64(long value) => [.. Int32(value >> 32), .. Int32(value)];

    private static byte[] Int32(long value) => [(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value];
}
