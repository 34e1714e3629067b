using System.Buffers;

namespace RSocketIm.Protocol.Payloads.Metadata;

/// <summary>Builds the composite metadata of a request or a SETUP: a route, who is asking, and what else there is.</summary>
/// <example><code>byte[] metadata = new RequestMetadata().Route("messages.send").Bearer(token).ToArray();</code></example>
/// <remarks>Entries are written in the order of the calls. Not thread-safe; made for one request.</remarks>
public sealed class RequestMetadata
{
    private readonly ArrayBufferWriter<byte> output = new();

    // An entry says its length first, so it is written here before it goes to the output.
    private readonly ArrayBufferWriter<byte> entry = new();

    /// <summary>Composite metadata with a route and nothing else, for a request whose connection is already signed in.</summary>
    /// <param name="route">The route, 0..255 bytes as UTF-8.</param>
    /// <exception cref="ArgumentException">The route is longer.</exception>
    public static byte[] ForRoute(string route) => new RequestMetadata().Route(route).ToArray();

    /// <summary>Finds the route in composite metadata without copying it; for a responder that routes.</summary>
    /// <param name="composite">Composite metadata.</param>
    /// <param name="route">The first tag of the first routing entry, not checked to be UTF-8, valid as long as the buffer is.</param>
    /// <returns>False when there is no routing entry, or it has no tag.</returns>
    /// <exception cref="MetadataFormatException">An entry before the route, or the route itself, is broken.</exception>
    public static bool TryReadRoute(ReadOnlySequence<byte> composite, out ReadOnlySequence<byte> route)
    {
        CompositeMetadataReader reader = new(composite);
        route = default;
        return reader.TryFind(WellKnownMimeType.Routing, out ReadOnlySequence<byte> routing)
            && RoutingMetadata.TryReadFirstTag(routing, out route);
    }

    /// <summary>Adds a route (0x7E).</summary>
    /// <param name="tags">The route and further tags, each 0..255 bytes as UTF-8.</param>
    /// <exception cref="ArgumentException">A tag is longer.</exception>
    public RequestMetadata Route(params ReadOnlySpan<string> tags)
    {
        RoutingMetadata.Write(NewEntry(), tags);
        return Finish(WellKnownMimeType.Routing);
    }

    /// <summary>Adds authentication (0x7C).</summary>
    /// <param name="authentication">Who is asking.</param>
    public RequestMetadata Authentication(AuthenticationMetadata authentication)
    {
        authentication.WriteTo(NewEntry());
        return Finish(WellKnownMimeType.Authentication);
    }

    /// <summary>Adds a bearer token.</summary>
    /// <param name="token">The token.</param>
    public RequestMetadata Bearer(string token) => Authentication(AuthenticationMetadata.Bearer(token));

    /// <summary>Adds a user name and a password, which travel as they are: use it over TLS.</summary>
    /// <param name="userName">At most 65 535 bytes as UTF-8.</param>
    /// <param name="password">The password.</param>
    /// <exception cref="ArgumentException">The user name is longer.</exception>
    public RequestMetadata Simple(string userName, string password) => Authentication(AuthenticationMetadata.Simple(userName, password));

    /// <summary>Adds the MIME type of this stream's data (0x7A).</summary>
    /// <param name="mimeType">1..128 ASCII characters.</param>
    /// <exception cref="ArgumentException">The MIME type is empty, too long or not ASCII.</exception>
    public RequestMetadata DataMimeType(string mimeType)
    {
        DataMimeTypeMetadata.Write(NewEntry(), mimeType);
        return Finish(WellKnownMimeType.DataMimeType);
    }

    /// <summary>Adds the MIME types that answers may have (0x7B), best first.</summary>
    /// <param name="mimeTypes">Each 1..128 ASCII characters.</param>
    /// <exception cref="ArgumentException">A MIME type is empty, too long or not ASCII.</exception>
    public RequestMetadata Accept(params ReadOnlySpan<string> mimeTypes)
    {
        AcceptMimeTypesMetadata.Write(NewEntry(), mimeTypes);
        return Finish(WellKnownMimeType.AcceptMimeTypes);
    }

    /// <summary>Adds tracing (0x7D).</summary>
    /// <param name="tracing">The trace and span.</param>
    public RequestMetadata Tracing(ZipkinTracingMetadata tracing)
    {
        tracing.WriteTo(NewEntry());
        return Finish(WellKnownMimeType.ZipkinTracing);
    }

    /// <summary>Adds an entry of any type.</summary>
    /// <param name="mimeType">1..128 ASCII characters.</param>
    /// <param name="content">0..16 777 215 bytes.</param>
    /// <exception cref="ArgumentException">The MIME type or the content is outside these ranges.</exception>
    public RequestMetadata Add(string mimeType, ReadOnlySpan<byte> content)
    {
        new CompositeMetadataWriter(output).Write(mimeType, content);
        return this;
    }

    /// <summary>The metadata built so far, as an array of its own.</summary>
    public byte[] ToArray() => output.WrittenSpan.ToArray();

    // Cleared before rather than after: an entry that threw half-way leaves nothing for the next one.
    private ArrayBufferWriter<byte> NewEntry()
    {
        entry.ResetWrittenCount();
        return entry;
    }

    private RequestMetadata Finish(WellKnownMimeType type)
    {
        new CompositeMetadataWriter(output).Write(type, entry.WrittenSpan);
        return this;
    }
}
