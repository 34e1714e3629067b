using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Contracts;

/// <summary>The data formats a SETUP may ask for.</summary>
internal static class DataMimeTypes
{
    public const string MessagePack = "application/vnd.msgpack";
    public const string Json = "application/json";

    /// <summary>The format of a MIME type, without regard to case.</summary>
    /// <returns>False for any other type: ERROR[UNSUPPORTED_SETUP].</returns>
    public static bool TryGetFormat(string mimeType, out DataFormat format)
    {
        format = mimeType.Equals(Json, StringComparison.OrdinalIgnoreCase) ? DataFormat.Json : DataFormat.MessagePack;
        return format == DataFormat.Json
            || mimeType.Equals(MessagePack, StringComparison.OrdinalIgnoreCase)
            || mimeType.Equals("application/x-msgpack", StringComparison.OrdinalIgnoreCase)
            || mimeType.Equals("application/msgpack", StringComparison.OrdinalIgnoreCase);
    }
}
