namespace RSocketIm.Protocol.Payloads.Metadata;

/// <summary>The 7-bit number that stands for a well-known MIME type.</summary>
/// <remarks>
/// Numbers without a name here are legal on the wire: 0x2B..0x79 are free for later versions of the list, so a reader
/// skips what it does not know. Spec: Extensions/WellKnownMimeTypes.md.
/// </remarks>
public enum WellKnownMimeType : byte
{
    /// <summary><c>application/avro</c></summary>
    ApplicationAvro = 0x00,

    /// <summary><c>application/cbor</c></summary>
    ApplicationCbor = 0x01,

    /// <summary><c>application/graphql</c></summary>
    ApplicationGraphQL = 0x02,

    /// <summary><c>application/gzip</c></summary>
    ApplicationGzip = 0x03,

    /// <summary><c>application/javascript</c></summary>
    ApplicationJavaScript = 0x04,

    /// <summary><c>application/json</c></summary>
    ApplicationJson = 0x05,

    /// <summary><c>application/octet-stream</c></summary>
    ApplicationOctetStream = 0x06,

    /// <summary><c>application/pdf</c></summary>
    ApplicationPdf = 0x07,

    /// <summary><c>application/vnd.apache.thrift.binary</c></summary>
    ApplicationThriftBinary = 0x08,

    /// <summary><c>application/vnd.google.protobuf</c></summary>
    ApplicationProtobuf = 0x09,

    /// <summary><c>application/xml</c></summary>
    ApplicationXml = 0x0A,

    /// <summary><c>application/zip</c></summary>
    ApplicationZip = 0x0B,

    /// <summary><c>audio/aac</c></summary>
    AudioAac = 0x0C,

    /// <summary><c>audio/mp3</c></summary>
    AudioMp3 = 0x0D,

    /// <summary><c>audio/mp4</c></summary>
    AudioMp4 = 0x0E,

    /// <summary><c>audio/mpeg3</c></summary>
    AudioMpeg3 = 0x0F,

    /// <summary><c>audio/mpeg</c></summary>
    AudioMpeg = 0x10,

    /// <summary><c>audio/ogg</c></summary>
    AudioOgg = 0x11,

    /// <summary><c>audio/opus</c></summary>
    AudioOpus = 0x12,

    /// <summary><c>audio/vorbis</c></summary>
    AudioVorbis = 0x13,

    /// <summary><c>image/bmp</c></summary>
    ImageBmp = 0x14,

    /// <summary><c>image/gif</c></summary>
    ImageGif = 0x15,

    /// <summary><c>image/heic-sequence</c></summary>
    ImageHeicSequence = 0x16,

    /// <summary><c>image/heic</c></summary>
    ImageHeic = 0x17,

    /// <summary><c>image/heif-sequence</c></summary>
    ImageHeifSequence = 0x18,

    /// <summary><c>image/heif</c></summary>
    ImageHeif = 0x19,

    /// <summary><c>image/jpeg</c></summary>
    ImageJpeg = 0x1A,

    /// <summary><c>image/png</c></summary>
    ImagePng = 0x1B,

    /// <summary><c>image/tiff</c></summary>
    ImageTiff = 0x1C,

    /// <summary><c>multipart/mixed</c></summary>
    MultipartMixed = 0x1D,

    /// <summary><c>text/css</c></summary>
    TextCss = 0x1E,

    /// <summary><c>text/csv</c></summary>
    TextCsv = 0x1F,

    /// <summary><c>text/html</c></summary>
    TextHtml = 0x20,

    /// <summary><c>text/plain</c></summary>
    TextPlain = 0x21,

    /// <summary><c>text/xml</c></summary>
    TextXml = 0x22,

    /// <summary><c>video/H264</c></summary>
    VideoH264 = 0x23,

    /// <summary><c>video/H265</c></summary>
    VideoH265 = 0x24,

    /// <summary><c>video/VP8</c></summary>
    VideoVp8 = 0x25,

    /// <summary><c>application/x-hessian</c></summary>
    ApplicationHessian = 0x26,

    /// <summary><c>application/x-java-object</c></summary>
    ApplicationJavaObject = 0x27,

    /// <summary><c>application/cloudevents+json</c></summary>
    ApplicationCloudEventsJson = 0x28,

    /// <summary><c>application/x-capnp</c></summary>
    ApplicationCapnProto = 0x29,

    /// <summary><c>application/x-flatbuffers</c></summary>
    ApplicationFlatBuffers = 0x2A,

    /// <summary><c>message/x.rsocket.mime-type.v0</c></summary>
    DataMimeType = 0x7A,

    /// <summary><c>message/x.rsocket.accept-mime-types.v0</c></summary>
    AcceptMimeTypes = 0x7B,

    /// <summary><c>message/x.rsocket.authentication.v0</c></summary>
    Authentication = 0x7C,

    /// <summary><c>message/x.rsocket.tracing-zipkin.v0</c></summary>
    ZipkinTracing = 0x7D,

    /// <summary><c>message/x.rsocket.routing.v0</c></summary>
    Routing = 0x7E,

    /// <summary><c>message/x.rsocket.composite-metadata.v0</c></summary>
    CompositeMetadata = 0x7F,
}
