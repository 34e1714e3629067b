using System.Globalization;

namespace RSocketIm.Server.Configuration;

/// <summary>Reads the keys below <c>RSocketIm:</c>; a value outside its range is refused with one sentence, never bent.</summary>
internal sealed class SettingsReader(IConfiguration configuration)
{
    public const string Root = "RSocketIm:";

    /// <summary>A text, or null when the key is absent or empty.</summary>
    public string? Text(string key) => configuration[Root + key] is { Length: > 0 } text ? text : null;

    /// <summary>A whole number.</summary>
    /// <exception cref="StartupException">It is not one, or out of range.</exception>
    public long Number(string key, long fallback, long least, long most)
    {
        if (Text(key) is not { } text)
        {
            return fallback;
        }

        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) && value >= least && value <= most
            ? value
            : throw Refuse(key, text, string.Create(CultureInfo.InvariantCulture, $"a whole number from {least} to {most}"));
    }

    /// <summary><c>true</c> or <c>false</c>; null when absent.</summary>
    /// <exception cref="StartupException">It is something else.</exception>
    public bool? Flag(string key)
    {
        if (Text(key) is not { } text)
        {
            return null;
        }

        return bool.TryParse(text, out bool value) ? value : throw Refuse(key, text, "true or false");
    }

    /// <summary>A time: seconds as a number, or <c>hh:mm:ss</c>.</summary>
    /// <exception cref="StartupException">It is not one, or out of range.</exception>
    public TimeSpan Duration(string key, TimeSpan fallback, TimeSpan least, TimeSpan most)
    {
        if (Text(key) is not { } text)
        {
            return fallback;
        }

        // A bare number is seconds here; TimeSpan would take it for days.
        bool known = double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds);
        TimeSpan value = known && seconds <= TimeSpan.MaxValue.TotalSeconds / 2 ? TimeSpan.FromSeconds(seconds) : TimeSpan.MinValue;
        if (!known)
        {
            known = TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out value);
        }

        return known && value >= least && value <= most
            ? value
            : throw Refuse(
                key,
                text,
                string.Create(CultureInfo.InvariantCulture, $"a time from {least.TotalSeconds} to {most.TotalSeconds} seconds, as a number of seconds or as hh:mm:ss"));
    }

    /// <summary>Texts: an array in a file, or one text with commas.</summary>
    public IReadOnlyList<string> Texts(string key)
    {
        string[] listed = [.. configuration.GetSection(Root + key).GetChildren().Select(static child => child.Value ?? "")];
        string[] written = listed.Length > 0 ? listed : Text(key)?.Split(',') ?? [];
        return [.. written.Select(static text => text.Trim()).Where(static text => text.Length > 0)];
    }

    public static StartupException Refuse(string key, string given, string allowed) =>
        new($"{Root}{key} is '{given}', but must be {allowed}.");
}
