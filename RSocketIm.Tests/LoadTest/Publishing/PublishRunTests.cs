using RSocketIm.LoadTest.Publishing;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.LoadTest.Publishing;

public sealed class PublishRunTests(HostedServer server) : IClassFixture<HostedServer>
{
    [Fact]
    public async Task WhatWasAcknowledged_IsExactlyWhatTheRoomsHave()
    {
        PublishLoad load = new(Connections: 4, InFlight: 4, Rooms: 2, Bytes: 64, Rounds: 1, TimeSpan.FromMilliseconds(300));
        PublishReport report = await new PublishRun(server.Tcp, null, load).RunAsync(default);
        Assert.Empty(report.Violations);
        Assert.True(Assert.Single(report.Rounds).Messages > 0);
    }
}
