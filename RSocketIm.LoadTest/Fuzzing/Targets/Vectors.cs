using System.Text.Json;

namespace RSocketIm.LoadTest.Fuzzing.Targets;

/// <summary>The golden bytes of the tests, which are part of this program.</summary>
internal static class Vectors
{
    public static JsonElement Load(string file)
    {
        using Stream stream = typeof(Vectors).Assembly.GetManifestResourceStream(file) ?? throw new FileNotFoundException($"{file} is not part of this program.");
        using JsonDocument document = JsonDocument.Parse(stream);
        return document.RootElement.Clone();
    }

    /// <summary>Every hex string under a property of the entries of an array.</summary>
    public static IEnumerable<byte[]> Hex(string file, string array, string property) =>
        from entry in Load(file).GetProperty(array).EnumerateArray()
        where entry.TryGetProperty(property, out JsonElement hex) && hex.ValueKind == JsonValueKind.String
        select Convert.FromHexString(entry.GetProperty(property).GetString()!);
}
