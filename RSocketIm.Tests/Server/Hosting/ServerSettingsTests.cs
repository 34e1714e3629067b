using RSocketIm.Server.Configuration;

namespace RSocketIm.Tests.Server.Hosting;

public sealed class ServerSettingsTests
{
    [Fact]
    public void Read_OfNothing_GivesTheDefaultsOfTheContract()
    {
        ServerSettings settings = Read();
        Assert.Equal(7071, settings.Tcp.Port);
        Assert.Equal(Path.GetFullPath("data"), settings.DataDirectory);
        Assert.Null(settings.Auth.AllowGuests);
        Assert.Equal(16_384, settings.Limits.MaxTextBytes);
        Assert.Equal(60, settings.Limits.SignInsPerMinute);
        Assert.Equal(TimeSpan.FromSeconds(10), settings.Limits.SetupTimeout);
        Assert.Equal(TimeSpan.FromSeconds(10), settings.ShutdownTimeout);
    }

    [Theory]
    [InlineData("0", null)]
    [InlineData("7171", 7171)]
    [InlineData("auto", 0)]
    public void Read_OfTcpPort_KnowsOffAndAuto(string value, int? port) => Assert.Equal(port, Read(("Tcp:Port", value)).Tcp.Port);

    [Theory]
    [InlineData("2.5", 2.5)]
    [InlineData("00:01:00", 60)]
    public void Read_OfATime_TakesSecondsOrAClock(string value, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Read(("Shutdown:Timeout", value)).ShutdownTimeout);

    [Fact]
    public void Read_OfResume_IsOnUnlessSwitchedOff()
    {
        Assert.Equal(TimeSpan.FromMinutes(2), Read().Resume!.SessionDuration);
        Assert.Equal(4_096, Read(("Resume:MaxSessionBytes", "4096")).Resume!.MaxSessionBytes);
        Assert.Null(Read(("Resume:Enabled", "false")).Resume);
    }

    [Fact]
    public void Read_OfOrigins_TakesAListOrCommas()
    {
        Assert.Equal(["https://a", "https://b"], Read(("AllowedOrigins", "https://a, https://b")).AllowedOrigins);
        Assert.Equal(["https://a", "https://b"], Read(("AllowedOrigins:0", "https://a"), ("AllowedOrigins:1", "https://b")).AllowedOrigins);
    }

    [Theory]
    [InlineData("Tcp:Port", "65536", "RSocketIm:Tcp:Port is '65536', but must be a whole number from 0 to 65535.")]
    [InlineData("Tcp:Port", "-1", "RSocketIm:Tcp:Port is '-1'")]
    [InlineData("Tcp:Port", "ten", "RSocketIm:Tcp:Port is 'ten'")]
    [InlineData("Tcp:Certificate:Path", "/no/such/file.pfx", "RSocketIm:Tcp:Certificate:Path is '/no/such/file.pfx'")]
    [InlineData("Auth:AllowGuests", "yes", "RSocketIm:Auth:AllowGuests is 'yes', but must be true or false.")]
    [InlineData("Auth:TokenLifetime", "1", "must be a time from 5 to 2592000 seconds")]
    [InlineData("Auth:SigningKey", "short", "has 5 bytes, but must have at least 32")]
    [InlineData("Auth:SigningKey", "this-is-my-super-secret-signing-key-please", "looks like a sample")]
    [InlineData("Auth:SigningKey", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "looks like a sample")]
    [InlineData("Limits:MaxTextBytes", "0", "RSocketIm:Limits:MaxTextBytes is '0'")]
    [InlineData("Limits:SetupTimeoutSeconds", "601", "from 1 to 600")]
    [InlineData("Resume:SessionSeconds", "0", "RSocketIm:Resume:SessionSeconds is '0', but must be a whole number from 1 to 86400.")]
    [InlineData("Resume:MaxTotalBytes", "1023", "RSocketIm:Resume:MaxTotalBytes is '1023'")]
    [InlineData("Shutdown:Timeout", "0", "RSocketIm:Shutdown:Timeout is '0'")]
    [InlineData("Shutdown:Timeout", "1e300", "RSocketIm:Shutdown:Timeout is '1e300'")]
    [InlineData("Shutdown:Timeout", "999999999999999999999", "RSocketIm:Shutdown:Timeout is")]
    public void Read_OutOfRange_RefusesWithOneSentenceThatNamesTheKey(string key, string value, string sentence)
    {
        StartupException error = Assert.Throws<StartupException>(() => Read((key, value)));
        Assert.Contains(sentence, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("\n", error.Message, StringComparison.Ordinal);
    }

    private static ServerSettings Read(params (string Key, string Value)[] settings) => ServerSettings.Read(
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(static one => KeyValuePair.Create("RSocketIm:" + one.Key, (string?)one.Value))).Build());
}
