using System.Diagnostics;
using System.Globalization;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.EndToEnd;

/// <summary>Mosquitto's command line tools against the real server over TCP; <c>test.sh</c> installs them (Debian: mosquitto-clients).</summary>
public sealed class MosquittoTests(RunningServer server) : IClassFixture<RunningServer>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("mqttv311", 0)]
    [InlineData("mqttv311", 1)]
    [InlineData("mqttv311", 2)]
    [InlineData("mqttv5", 0)]
    [InlineData("mqttv5", 1)]
    [InlineData("mqttv5", 2)]
    public async Task Publish_AndSubscribe_BringLinesThroughInOrder(string version, int qos)
    {
        string topic = $"chat/mosquitto{server.Number()}";
        string[] lines = [.. Enumerable.Range(1, 20).Select(static i => $"line {i} 你好")];

        // A message before, which is retained: when it is here the subscription stands.
        await RunAsync("mosquitto_pub", version, "-t", topic, "-q", "1", "-m", "before");
        using Process reader = Start("mosquitto_sub", version, "-t", topic, "-q", Text(qos), "-C", "21");
        Assert.Equal("before", await reader.StandardOutput.ReadLineAsync().WaitAsync(Patience));
        using Process writer = Start("mosquitto_pub", version, "-t", topic, "-q", Text(qos), "-l");
        await writer.StandardInput.WriteAsync(string.Join('\n', lines) + "\n");
        writer.StandardInput.Close();
        await EndAsync(writer);

        string got = await reader.StandardOutput.ReadToEndAsync().WaitAsync(Patience);
        await EndAsync(reader);
        Assert.Equal(lines, got.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Theory]
    [InlineData("mqttv311")]
    [InlineData("mqttv5")]
    public async Task PersistentSession_GetsWhatItMissed(string version)
    {
        int number = server.Number();
        string topic = $"chat/away{number}";
        string[] session = version == "mqttv5"
            ? ["-t", topic, "-q", "1", "-i", $"m{number}", "-u", $"u{number}", "-c", "-x", "3600"]
            : ["-t", topic, "-q", "1", "-i", $"m{number}", "-u", $"u{number}", "-c"];
        await RunAsync("mosquitto_sub", version, [.. session, "-E"]);
        await RunAsync("mosquitto_pub", version, "-t", topic, "-q", "2", "-m", "missed");
        using Process reader = Start("mosquitto_sub", version, [.. session, "-C", "1"]);

        Assert.Equal("missed", await reader.StandardOutput.ReadLineAsync().WaitAsync(Patience));
        await EndAsync(reader);
    }

    [Fact]
    public async Task WrongPassword_IsRefused()
    {
        using Process writer = Start("mosquitto_pub", "mqttv5", "-t", "chat/x", "-m", "x", "-u", "nobody", "-P", "wrong password");
        await writer.WaitForExitAsync().WaitAsync(Patience);

        Assert.NotEqual(0, writer.ExitCode);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private async Task RunAsync(string program, string version, params string[] arguments)
    {
        using Process process = Start(program, version, arguments);
        await EndAsync(process);
    }

    private Process Start(string program, string version, params string[] arguments)
    {
        string[] address = server.Process.Mqtt.Split(':');
        ProcessStartInfo start = new(program, ["-h", address[0], "-p", address[1], "-V", version, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return Process.Start(start)!;
    }

    private static async Task EndAsync(Process process)
    {
        await process.WaitForExitAsync().WaitAsync(Patience);
        Assert.True(process.ExitCode == 0, await process.StandardError.ReadToEndAsync());
    }
}
