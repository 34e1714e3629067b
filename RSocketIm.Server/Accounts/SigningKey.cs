using System.Security.Cryptography;
using RSocketIm.Server.Configuration;

namespace RSocketIm.Server.Accounts;

/// <summary>The key that tokens are signed with: the configured one, or one made at random that outlives the process in the data directory.</summary>
internal static class SigningKey
{
    public const string FileName = "signing.key";

    private const int Bytes = 32; // as long as the hash of HS256: more adds nothing

    /// <summary>Finds or makes the key.</summary>
    /// <param name="settings">Where.</param>
    /// <exception cref="StartupException">There is a key file that is none, or the directory cannot be used.</exception>
    public static byte[] Load(ServerSettings settings)
    {
        if (settings.Auth.SigningKey is { } given)
        {
            return given;
        }

        string path = Path.Combine(settings.DataDirectory, FileName);
        try
        {
            Directory.CreateDirectory(settings.DataDirectory);
            byte[] key = File.Exists(path) ? File.ReadAllBytes(path) : Make(path);
            return key.Length < AuthSettings.MinKeyBytes
                ? throw new StartupException($"{path} has {key.Length} bytes, but a signing key has at least {AuthSettings.MinKeyBytes}; delete it, and all tokens become void.")
                : AuthSettings.IsGuessable(key)
                    ? throw new StartupException($"{path} looks like a sample that anybody may know; delete it, and a random one is made and all tokens become void.")
                    : key;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"the data directory {settings.DataDirectory} cannot be used: {error.Message}", error);
        }
    }

    private static byte[] Make(string path)
    {
        byte[] key = RandomNumberGenerator.GetBytes(Bytes);
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite; // from the start, not afterwards
        }

        using FileStream file = new(path, options);
        file.Write(key);
        file.Flush(flushToDisk: true);
        return key;
    }
}
