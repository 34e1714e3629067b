using System.Diagnostics.Metrics;
using RSocketIm.Protocol;
using RSocketIm.Protocol.Frames;
using RSocketIm.Server.Accounts;
using RSocketIm.Server.Diagnostics;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Server.Accounts;

/// <summary>Tickets: once, for half a minute, and only so many.</summary>
public sealed class TicketsTests : IDisposable
{
    private readonly FakeTimeProvider time = new();
    private readonly ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly Tickets tickets;

    public TicketsTests() => tickets = new Tickets(time, new LimitMetrics(services.GetRequiredService<IMeterFactory>()));

    public void Dispose() => services.Dispose();

    [Fact]
    public void Take_OfATicket_IsItsIdentity_Once()
    {
        Identity ada = new("ada", time.GetUtcNow().AddHours(1));
        string ticket = tickets.Issue(ada).Ticket;
        Assert.Equal(ada, tickets.Take(ticket));
        Assert.Null(tickets.Take(ticket));
        Assert.Null(tickets.Take("never given"));
    }

    [Fact]
    public void Take_AfterHalfAMinute_IsNothing()
    {
        string early = tickets.Issue(new Identity("ada", null)).Ticket;
        time.Advance(TimeSpan.FromSeconds(29));
        string late = tickets.Issue(new Identity("ada", null)).Ticket;
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(tickets.Take(early));
        Assert.NotNull(tickets.Take(late));
    }

    [Fact]
    public void Ticket_IsNotGoodForLongerThanTheTokenItStandsFor()
    {
        DateTimeOffset end = time.GetUtcNow().AddSeconds(10);
        string ticket = tickets.Issue(new Identity("ada", end)).Ticket;
        Assert.Equal(end.ToUnixTimeMilliseconds(), tickets.Issue(new Identity("ada", end)).ExpiresAt);
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.Null(tickets.Take(ticket));
    }

    [Fact]
    public void Tickets_OfOneUser_AreBounded_AndUsedOnesDoNotCount()
    {
        for (int i = 0; i < 1_000; i++)
        {
            Assert.NotNull(tickets.Take(tickets.Issue(new Identity("busy", null)).Ticket));
        }

        for (int i = 0; i < Tickets.MaxWaitingPerUser; i++)
        {
            tickets.Issue(new Identity("ada", null));
        }

        Assert.Equal((ErrorCode)0x429, Assert.Throws<RSocketException>(() => tickets.Issue(new Identity("ada", null))).Code);
        tickets.Issue(new Identity("bob", null));
        time.Advance(Tickets.Lifetime);
        tickets.Issue(new Identity("ada", null));
    }

    [Fact]
    public void Tickets_OfAll_AreBounded()
    {
        for (int i = 0; i < Tickets.MaxWaiting; i++)
        {
            tickets.Issue(new Identity($"u{i / Tickets.MaxWaitingPerUser}", null));
        }

        Assert.Equal((ErrorCode)0x503, Assert.Throws<RSocketException>(() => tickets.Issue(new Identity("late", null))).Code);
        time.Advance(Tickets.Lifetime);
        tickets.Issue(new Identity("late", null));
    }
}
