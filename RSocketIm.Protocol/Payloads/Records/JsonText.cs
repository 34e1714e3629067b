using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace RSocketIm.Protocol.Payloads.Records;

/// <summary>The settings and small repairs that make System.Text.Json as strict as the MessagePack side.</summary>
internal static class JsonText
{
    /// <summary>As deep as <see cref="MessagePack.MessagePackReader.DefaultMaxDepth"/>, so that both formats take the same records.</summary>
    public static JsonReaderOptions ReaderOptions { get; } = new() { MaxDepth = MessagePack.MessagePackReader.DefaultMaxDepth };

    // Relaxed: text goes out as UTF-8 and not as \u escapes. It is sent as application/json, never as part of a page.
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    // Never written to.
    private static readonly ArrayBufferWriter<byte> Nowhere = new();

    // A writer keeps state of a few hundred bytes; one per thread serves all records, which are written synchronously.
    [ThreadStatic]
    private static Utf8JsonWriter? idle;

    /// <summary>Takes a writer; give it back with <see cref="Return"/> when all went well.</summary>
    public static Utf8JsonWriter Rent(IBufferWriter<byte> output)
    {
        Utf8JsonWriter? writer = idle;
        idle = null;
        if (writer is null)
        {
            return new Utf8JsonWriter(output, WriterOptions);
        }

        writer.Reset(output);
        return writer;
    }

    /// <summary>Hands the last bytes to the output and keeps the writer for the next record.</summary>
    public static void Return(Utf8JsonWriter writer)
    {
        writer.Flush();
        writer.Reset(Nowhere); // so that it does not keep the output alive
        idle = writer;
    }

    /// <summary>The text the reader stands on, a value or a name.</summary>
    /// <exception cref="RecordFormatException">It is not Unicode: broken UTF-8, or an escaped half of a surrogate pair.</exception>
    public static string Get(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException notText)
        {
            throw new RecordFormatException("", "is not valid Unicode text.", notText);
        }
    }
}
