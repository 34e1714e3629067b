using System.Text.Json;

namespace RSocketIm.Tests.Protocol.Frames;

/// <summary>The golden frames of Vectors/frames.json; the file itself says what its fields mean.</summary>
internal static class FrameVectors
{
    private static readonly JsonElement File = Load();

    public static TheoryData<string> Names => [.. NamesOf("frames")];

    public static TheoryData<string> MalformedNames => [.. NamesOf("malformed")];

    public static IEnumerable<byte[]> AllBytes => File.GetProperty("frames").EnumerateArray().Select(Bytes);

    public static JsonElement Get(string name) => Find("frames", name);

    public static JsonElement GetMalformed(string name) => Find("malformed", name);

    public static byte[] Bytes(JsonElement vector) => Convert.FromHexString(vector.GetProperty("hex").GetString()!);

    /// <summary>Every field of the vector as text, without its name and bytes.</summary>
    public static SortedDictionary<string, string> Fields(JsonElement vector)
    {
        SortedDictionary<string, string> fields = new(StringComparer.Ordinal);
        foreach (JsonProperty property in vector.EnumerateObject().Where(property => property.Name is not ("name" or "hex")))
        {
            fields[property.Name] = property.Value.ValueKind == JsonValueKind.Array
                ? string.Concat(property.Value.EnumerateArray().Select(letter => letter.GetString()))
                : property.Value.ToString();
        }

        return fields;
    }

    private static IEnumerable<string> NamesOf(string list) => File.GetProperty(list).EnumerateArray().Select(Name);

    private static JsonElement Find(string list, string name) => File.GetProperty(list).EnumerateArray().Single(vector => Name(vector) == name);

    private static string Name(JsonElement vector) => vector.GetProperty("name").GetString()!;

    private static JsonElement Load()
    {
        using FileStream stream = System.IO.File.OpenRead(Path.Combine(AppContext.BaseDirectory, "Vectors", "frames.json"));
        using JsonDocument document = JsonDocument.Parse(stream);
        return document.RootElement.Clone();
    }
}
