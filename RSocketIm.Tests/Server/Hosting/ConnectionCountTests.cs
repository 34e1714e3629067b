using System.Net;
using RSocketIm.Protocol;
using RSocketIm.Server.Configuration;
using RSocketIm.Server.Hosting;

namespace RSocketIm.Tests.Server.Hosting;

public sealed class ConnectionCountTests
{
    private static readonly IPAddress Here = IPAddress.Parse("192.0.2.1");

    [Fact]
    public void Enter_BeyondTheLimitInAll_IsRefusedUntilOneLeaves()
    {
        ConnectionCount count = new(new LimitSettings { MaxConnections = 2 });
        IDisposable first = count.Enter(Here);
        count.Enter(null);
        Assert.Throws<RSocketException>(() => count.Enter(Here));
        first.Dispose();
        count.Enter(Here);
    }

    [Fact]
    public void Enter_BeyondTheLimitOfOneAddress_IsRefusedThereOnly()
    {
        ConnectionCount count = new(new LimitSettings { MaxConnectionsPerAddress = 1 });
        IDisposable first = count.Enter(Here);
        Assert.Throws<RSocketException>(() => count.Enter(Here));
        count.Enter(IPAddress.Parse("192.0.2.2"));
        count.Enter(null);
        first.Dispose();
        first.Dispose();
        count.Enter(Here);
        Assert.Throws<RSocketException>(() => count.Enter(Here));
    }
}
