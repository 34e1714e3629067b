using RSocketIm.Server.Accounts;
using RSocketIm.Server.Configuration;

namespace RSocketIm.Tests.Server.Accounts;

public sealed class SigningKeyTests : IDisposable
{
    private readonly DirectoryInfo data = Directory.CreateTempSubdirectory("rsocketim-test-");

    public void Dispose() => data.Delete(recursive: true);

    [Fact]
    public void Load_WithoutASetting_MakesAKeyOnceThatOnlyItsOwnerReads()
    {
        ServerSettings settings = new() { DataDirectory = Path.Combine(data.FullName, "new") };
        byte[] key = SigningKey.Load(settings);
        Assert.Equal(32, key.Length);
        Assert.Equal(key, SigningKey.Load(settings));
        if (!OperatingSystem.IsWindows())
        {
            UnixFileMode mode = File.GetUnixFileMode(Path.Combine(settings.DataDirectory, SigningKey.FileName));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, mode);
        }
    }

    [Fact]
    public void Load_OfAShortKeyFile_Refuses()
    {
        File.WriteAllBytes(Path.Combine(data.FullName, SigningKey.FileName), new byte[8]);
        StartupException error = Assert.Throws<StartupException>(() => SigningKey.Load(new ServerSettings { DataDirectory = data.FullName }));
        Assert.Contains("8 bytes", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("changeme-changeme-changeme-changeme")]
    [InlineData("................................................")]
    public void Load_OfAKeyFileThatSomebodyTyped_Refuses(string key)
    {
        string path = Path.Combine(data.FullName, SigningKey.FileName);
        File.WriteAllText(path, key);
        StartupException refused = Assert.Throws<StartupException>(() => SigningKey.Load(new ServerSettings { DataDirectory = data.FullName }));
        Assert.Contains("looks like a sample", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(key, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_WhereTheDirectoryIsAFile_Refuses()
    {
        string file = Path.Combine(data.FullName, "file");
        File.WriteAllText(file, "");
        Assert.Throws<StartupException>(() => SigningKey.Load(new ServerSettings { DataDirectory = file }));
    }
}
