namespace RSocketIm.LoadTest.Fuzzing;

/// <summary>Something that must not be, and the input that shows it.</summary>
/// <param name="Target">Where.</param>
/// <param name="Kind">Which oracle: crash, segments, round-trip, allocation, hang or model.</param>
/// <param name="Message">What happened.</param>
/// <param name="Input">The bytes, made as short as could be; for sequences, the frames behind their lengths.</param>
/// <param name="Seed">Seed of what found it.</param>
internal sealed record FuzzFinding(string Target, string Kind, string Message, byte[] Input, ulong Seed)
{
    /// <summary>Text of the file in which the finding is kept: what it is, then the input in hex.</summary>
    public string ToFile() => $"# {Target}: {Kind}, seed {Seed}\n# {Message.ReplaceLineEndings("\n# ")}\n{Convert.ToHexStringLower(Input)}\n";

    /// <summary>A name that tells findings apart.</summary>
    public string FileName => $"{Kind}-{Digest():x16}.hex";

    /// <summary>The input of such a file: everything that is no comment.</summary>
    public static byte[] ReadFile(string text) => Convert.FromHexString(string.Concat(
        text.Split('\n').Where(static line => !line.StartsWith('#')).Select(static line => line.Trim().Replace(" ", "", StringComparison.Ordinal))));

    private ulong Digest()
    {
        FuzzDigest digest = default;
        digest.Add(Input);
        return digest.Value;
    }
}
