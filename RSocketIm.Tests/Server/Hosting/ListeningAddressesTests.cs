using RSocketIm.Server.Configuration;

namespace RSocketIm.Tests.Server.Hosting;

public sealed class ListeningAddressesTests
{
    [Theory]
    [InlineData("http://127.0.0.1:7070", true)]
    [InlineData("http://[::1]:7070", true)]
    [InlineData("http://localhost:7070", true)]
    [InlineData("http://unix:/run/rsocketim.sock", true)]
    [InlineData("http://0.0.0.0:7070", false)]
    [InlineData("http://[::]:7070", false)]
    [InlineData("http://*:7070", false)]
    [InlineData("https://192.0.2.1:443", false)]
    [InlineData("http://127.0.0.1:7070;http://192.0.2.1:7070", false)]
    public void AreLoopback_OnlyWhenEachOneIs(string urls, bool loopback) =>
        Assert.Equal(loopback, new ListeningAddresses(urls.Split(';')).AreLoopback);

    [Theory]
    [InlineData("http://unix:/run/x.sock;http://192.0.2.1:80", "http://192.0.2.1/")]
    [InlineData("http://[::]:7070", "http://[::]:7070/")]
    [InlineData("http://*:7070", "http://0.0.0.0:7070/")]
    public void First_IsTheFirstThatHasAHost(string urls, string first) => Assert.Equal(first, new ListeningAddresses(urls.Split(';')).First!.ToString());

    [Theory]
    [InlineData("http://127.0.0.1:7070", "http://127.0.0.1:7070/", "ws://127.0.0.1:7070/rsocket")]
    [InlineData("https://[::1]:443", "https://[::1]/", "wss://[::1]/rsocket")]
    [InlineData("http://unix:/run/x.sock;http://192.0.2.1:80", "http://192.0.2.1/", "ws://192.0.2.1/rsocket")]
    [InlineData("http://unix:/run/x.sock", "http://unix:/run/x.sock", "ws+unix:/run/x.sock:/rsocket")]
    public void Tell_NamesWhatAClientCanConnectTo(string urls, string http, string rsocket)
    {
        ListeningAddresses addresses = new(urls.Split(';'));

        Assert.Equal((http, rsocket), addresses.Tell("/rsocket"));
        Assert.Equal(http.Contains("unix:", StringComparison.Ordinal), addresses.First is null);
    }

    [Theory]
    [InlineData("http://192.0.2.1:80;https://192.0.2.1:443", "192.0.2.1")]
    [InlineData("http://unix:/run/rsocketim.sock", "127.0.0.1")]
    [InlineData("http://0.0.0.0:7070", "0.0.0.0")]
    public void Hosts_AreTheAddressesWithoutPorts(string urls, string hosts) =>
        Assert.Equal(hosts, string.Join(' ', new ListeningAddresses(urls.Split(';')).Hosts()));
}
