using System.Buffers;
using System.Text;
using RSocketIm.Server.Routing;
using RSocketIm.Tests.Protocol.Frames;
using Route = RSocketIm.Server.Routing.Route;

namespace RSocketIm.Tests.Server.Routing;

public sealed class RouteTableTests
{
    private static readonly RouteTable Table = new([new Route("rooms.get"), new Route("rooms.feed")]);

    [Theory]
    [InlineData("rooms.get")]
    [InlineData("rooms.feed")]
    public void TryFind_KnownName_FindsItAcrossEverySplit(string name)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(name);
        foreach (ReadOnlySequence<byte> cut in Segments.EveryCut(bytes))
        {
            Assert.True(Table.TryFind(cut, out Route? route));
            Assert.Equal(name, route.Name);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("rooms")]
    [InlineData("rooms.getx")]
    [InlineData("ROOMS.GET")]
    [InlineData("räume.get")]
    public void TryFind_UnknownName_FindsNothing(string name) =>
        Assert.False(Table.TryFind(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(name)), out _));

    [Fact]
    public void TryFind_LongestTag_FindsNothing() =>
        Assert.False(Table.TryFind(new ReadOnlySequence<byte>(new byte[255]), out _));

    [Fact]
    public void TryFind_KnownName_AllocatesNothing()
    {
        ReadOnlySequence<byte> name = new("rooms.feed"u8.ToArray());
        Table.TryFind(name, out _);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1_000; i++)
        {
            Table.TryFind(name, out _);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
