using System.Buffers;
using System.Text;

namespace RSocketIm.Protocol.Payloads.Metadata;

/// <summary>The table between the numbers and the names of the well-known MIME types.</summary>
/// <remarks>Names compare without regard to case, as MIME types do (RFC 2045). Spec: Extensions/WellKnownMimeTypes.md.</remarks>
public static class WellKnownMimeTypes
{
    // The id has seven bits; a slot without a name is an id that no version of the list has given out yet.
    private static readonly string?[] Names = CreateNames();

    private static readonly Dictionary<string, WellKnownMimeType> Ids = CreateIds();

    /// <summary>The name of a type, or null when the number is not in the list.</summary>
    /// <param name="type">The number, 0..0x7F; any other has no name.</param>
    public static string? GetName(WellKnownMimeType type) => (int)type < Names.Length ? Names[(int)type] : null;

    /// <summary>Finds the number of a MIME type.</summary>
    /// <param name="name">The MIME type, for example <c>application/json</c>.</param>
    /// <param name="type">Its number, when there is one.</param>
    /// <returns>False when the type has no number and travels as text.</returns>
    public static bool TryGetId(string name, out WellKnownMimeType type) => Ids.TryGetValue(name, out type);

    /// <summary>Whether received ASCII bytes spell the name of <paramref name="type"/>.</summary>
    internal static bool Spells(in ReadOnlySequence<byte> ascii, WellKnownMimeType type)
    {
        string? name = GetName(type);
        if (name is null || ascii.Length != name.Length)
        {
            return false;
        }

        if (ascii.IsSingleSegment)
        {
            return Ascii.EqualsIgnoreCase(ascii.FirstSpan, name);
        }

        Span<byte> together = stackalloc byte[name.Length];
        ascii.CopyTo(together);
        return Ascii.EqualsIgnoreCase(together, name);
    }

    private static Dictionary<string, WellKnownMimeType> CreateIds()
    {
        Dictionary<string, WellKnownMimeType> ids = new(StringComparer.OrdinalIgnoreCase);
        for (int id = 0; id < Names.Length; id++)
        {
            if (Names[id] is string name)
            {
                ids.Add(name, (WellKnownMimeType)id);
            }
        }

        return ids;
    }

    private static string?[] CreateNames()
    {
        string?[] table = new string?[0x80];
        table[(int)WellKnownMimeType.ApplicationAvro] = "application/avro";
        table[(int)WellKnownMimeType.ApplicationCbor] = "application/cbor";
        table[(int)WellKnownMimeType.ApplicationGraphQL] = "application/graphql";
        table[(int)WellKnownMimeType.ApplicationGzip] = "application/gzip";
        table[(int)WellKnownMimeType.ApplicationJavaScript] = "application/javascript";
        table[(int)WellKnownMimeType.ApplicationJson] = "application/json";
        table[(int)WellKnownMimeType.ApplicationOctetStream] = "application/octet-stream";
        table[(int)WellKnownMimeType.ApplicationPdf] = "application/pdf";
        table[(int)WellKnownMimeType.ApplicationThriftBinary] = "application/vnd.apache.thrift.binary";
        table[(int)WellKnownMimeType.ApplicationProtobuf] = "application/vnd.google.protobuf";
        table[(int)WellKnownMimeType.ApplicationXml] = "application/xml";
        table[(int)WellKnownMimeType.ApplicationZip] = "application/zip";
        table[(int)WellKnownMimeType.AudioAac] = "audio/aac";
        table[(int)WellKnownMimeType.AudioMp3] = "audio/mp3";
        table[(int)WellKnownMimeType.AudioMp4] = "audio/mp4";
        table[(int)WellKnownMimeType.AudioMpeg3] = "audio/mpeg3";
        table[(int)WellKnownMimeType.AudioMpeg] = "audio/mpeg";
        table[(int)WellKnownMimeType.AudioOgg] = "audio/ogg";
        table[(int)WellKnownMimeType.AudioOpus] = "audio/opus";
        table[(int)WellKnownMimeType.AudioVorbis] = "audio/vorbis";
        table[(int)WellKnownMimeType.ImageBmp] = "image/bmp";
        table[(int)WellKnownMimeType.ImageGif] = "image/gif";
        table[(int)WellKnownMimeType.ImageHeicSequence] = "image/heic-sequence";
        table[(int)WellKnownMimeType.ImageHeic] = "image/heic";
        table[(int)WellKnownMimeType.ImageHeifSequence] = "image/heif-sequence";
        table[(int)WellKnownMimeType.ImageHeif] = "image/heif";
        table[(int)WellKnownMimeType.ImageJpeg] = "image/jpeg";
        table[(int)WellKnownMimeType.ImagePng] = "image/png";
        table[(int)WellKnownMimeType.ImageTiff] = "image/tiff";
        table[(int)WellKnownMimeType.MultipartMixed] = "multipart/mixed";
        table[(int)WellKnownMimeType.TextCss] = "text/css";
        table[(int)WellKnownMimeType.TextCsv] = "text/csv";
        table[(int)WellKnownMimeType.TextHtml] = "text/html";
        table[(int)WellKnownMimeType.TextPlain] = "text/plain";
        table[(int)WellKnownMimeType.TextXml] = "text/xml";
        table[(int)WellKnownMimeType.VideoH264] = "video/H264";
        table[(int)WellKnownMimeType.VideoH265] = "video/H265";
        table[(int)WellKnownMimeType.VideoVp8] = "video/VP8";
        table[(int)WellKnownMimeType.ApplicationHessian] = "application/x-hessian";
        table[(int)WellKnownMimeType.ApplicationJavaObject] = "application/x-java-object";
        table[(int)WellKnownMimeType.ApplicationCloudEventsJson] = "application/cloudevents+json";
        table[(int)WellKnownMimeType.ApplicationCapnProto] = "application/x-capnp";
        table[(int)WellKnownMimeType.ApplicationFlatBuffers] = "application/x-flatbuffers";
        table[(int)WellKnownMimeType.DataMimeType] = "message/x.rsocket.mime-type.v0";
        table[(int)WellKnownMimeType.AcceptMimeTypes] = "message/x.rsocket.accept-mime-types.v0";
        table[(int)WellKnownMimeType.Authentication] = "message/x.rsocket.authentication.v0";
        table[(int)WellKnownMimeType.ZipkinTracing] = "message/x.rsocket.tracing-zipkin.v0";
        table[(int)WellKnownMimeType.Routing] = "message/x.rsocket.routing.v0";
        table[(int)WellKnownMimeType.CompositeMetadata] = "message/x.rsocket.composite-metadata.v0";
        return table;
    }
}
