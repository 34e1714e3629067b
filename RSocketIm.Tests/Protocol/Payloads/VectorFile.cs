using System.Text.Json;

namespace RSocketIm.Tests.Protocol.Payloads;

/// <summary>The golden bytes in Vectors/, which the Node tests read as well.</summary>
internal static class VectorFile
{
    public static JsonElement Load(string name)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Vectors", name)));
        return document.RootElement.Clone();
    }

    public static byte[] Hex(this JsonElement element) => Convert.FromHexString(element.GetString()!);
}
