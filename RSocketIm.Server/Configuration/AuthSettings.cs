using System.Text;

namespace RSocketIm.Server.Configuration;

/// <summary>Who may come in.</summary>
internal sealed record AuthSettings
{
    public const int MinKeyBytes = 32;

    // Keys that stand in documentation and tutorials are no secret, however long they are.
    private static readonly string[] Giveaways = ["changeme", "change-me", "change_me", "your-secret", "your_secret", "yoursecret", "supersecret", "super-secret", "super_secret", "secretkey", "secret-key", "secret_key", "my-secret", "mysecret", "password", "example", "00000000000000000000000000000000", "01234567890123456789", "abcdefghijklmnopqrstuvwxyz"];

    /// <summary><c>RSocketIm:Auth:AllowGuests</c>; null, the default: exactly when all addresses that are listened on are loopback.</summary>
    public bool? AllowGuests { get; init; }

    /// <summary><c>RSocketIm:Auth:Issuer</c>: who issues tokens; others are refused. Default <c>rsocketim</c>.</summary>
    public string Issuer { get; init; } = "rsocketim";

    /// <summary><c>RSocketIm:Auth:TokenLifetime</c>: 5 seconds to 30 days, default 24 hours. A guest's name is reserved that long.</summary>
    public TimeSpan TokenLifetime { get; init; } = TimeSpan.FromHours(24);

    /// <summary><c>RSocketIm:Auth:SigningKey</c>: the UTF-8 bytes of the text, 32 or more; null: a key of its own is kept in the data directory.</summary>
    public byte[]? SigningKey { get; init; }

    /// <summary><c>RSocketIm:Auth:Keys</c>: others whose tokens count; none by default.</summary>
    public IReadOnlyList<TrustedIssuer> TrustedIssuers { get; init; } = [];

    /// <exception cref="StartupException">A key is wrong.</exception>
    public static AuthSettings Read(SettingsReader settings) => new()
    {
        AllowGuests = settings.Flag("Auth:AllowGuests"),
        Issuer = settings.Text("Auth:Issuer") ?? "rsocketim",
        TokenLifetime = settings.Duration("Auth:TokenLifetime", TimeSpan.FromHours(24), TimeSpan.FromSeconds(5), TimeSpan.FromDays(30)),
        SigningKey = settings.Text("Auth:SigningKey") is { } text ? Check(text) : null,
        TrustedIssuers = TrustedIssuer.ReadAll(settings, settings.Text("Auth:Issuer") ?? "rsocketim"),
    };

    // The key itself is never shown.
    private static byte[] Check(string text)
    {
        byte[] key = Encoding.UTF8.GetBytes(text);
        if (key.Length < MinKeyBytes)
        {
            throw new StartupException($"RSocketIm:Auth:SigningKey has {key.Length} bytes, but must have at least {MinKeyBytes}, made at random.");
        }

        return IsGuessable(key)
            ? throw new StartupException("RSocketIm:Auth:SigningKey looks like a sample that anybody may know; it must be made at random.")
            : key;
    }

    /// <summary>Whether a key has the marks of one that was typed and not drawn: words of samples, or a few bytes over and over.</summary>
    /// <remarks>Of 32 random bytes fewer than 8 are different once in 2^160 times.</remarks>
    public static bool IsGuessable(byte[] key)
    {
        string text = Encoding.Latin1.GetString(key);
        return Array.Exists(Giveaways, word => text.Contains(word, StringComparison.OrdinalIgnoreCase)) || text.Distinct().Count() < 8;
    }
}
