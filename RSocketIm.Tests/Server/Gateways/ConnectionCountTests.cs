using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using RSocketIm.Protocol;
using RSocketIm.Server.Configuration;
using RSocketIm.Server.Diagnostics;
using RSocketIm.Server.Gateways;

namespace RSocketIm.Tests.Server.Gateways;

public sealed class ConnectionCountTests : IDisposable
{
    private static readonly IPAddress Here = IPAddress.Parse("192.0.2.1");

    private readonly ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly MemoryWatch plenty = new(0, static () => 0, TimeProvider.System, NullLogger<MemoryWatch>.Instance);

    public void Dispose()
    {
        plenty.Dispose();
        services.Dispose();
    }

    [Fact]
    public void Enter_BeyondTheLimitInAll_IsRefusedUntilOneLeaves()
    {
        ConnectionCount count = New(new LimitSettings { MaxConnections = 2 });
        IDisposable first = count.Enter(Here);
        count.Enter(null);
        Assert.Throws<RSocketException>(() => count.Enter(Here));
        first.Dispose();
        count.Enter(Here);
    }

    [Fact]
    public void Enter_BeyondTheLimitOfOneAddress_IsRefusedThereOnly()
    {
        ConnectionCount count = New(new LimitSettings { MaxConnectionsPerAddress = 1 });
        IDisposable first = count.Enter(Here);
        Assert.Throws<RSocketException>(() => count.Enter(Here));
        count.Enter(IPAddress.Parse("192.0.2.2"));
        count.Enter(null);
        first.Dispose();
        first.Dispose();
        count.Enter(Here);
        Assert.Throws<RSocketException>(() => count.Enter(Here));
    }

    [Theory]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    [InlineData("192.0.2.1", "::ffff:192.0.2.1", true)]
    [InlineData("::ffff:192.0.2.1", "::ffff:192.0.2.2", false)]
    public void Enter_OfOneNetwork_IsOneAddress(string first, string second, bool same)
    {
        ConnectionCount count = New(new LimitSettings { MaxConnectionsPerAddress = 1 });
        using IDisposable place = count.Enter(IPAddress.Parse(first));
        Assert.Equal(same, Record.Exception(() => count.Enter(IPAddress.Parse(second))) is RSocketException);
    }

    private ConnectionCount New(LimitSettings limits) => new(limits, plenty, new LimitMetrics(services.GetRequiredService<IMeterFactory>()));
}
