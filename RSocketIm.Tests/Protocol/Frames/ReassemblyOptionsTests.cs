using RSocketIm.Protocol.Frames;

namespace RSocketIm.Tests.Protocol.Frames;

public sealed class ReassemblyOptionsTests
{
    [Fact]
    public void Default_HasTheDocumentedBounds()
    {
        ReassemblyOptions options = ReassemblyOptions.Default;

        Assert.Equal((1_048_576, 256, 4_194_304L), (options.MaxPayloadBytes, options.MaxPartials, options.MaxPartialBytes));
        Assert.Equal(TimeSpan.FromSeconds(30), options.MaxAge);
    }

    [Fact]
    public void Bounds_OutOfRange_Throw()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new ReassemblyOptions { MaxPayloadBytes = 63 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new ReassemblyOptions { MaxPayloadBytes = (1 << 30) + 1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new ReassemblyOptions { MaxPartials = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new ReassemblyOptions { MaxPartials = 65_537 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new ReassemblyOptions { MaxPartialBytes = 63 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new ReassemblyOptions { MaxPartialBytes = (1L << 34) + 1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new ReassemblyOptions { MaxAge = TimeSpan.Zero });
        Assert.Throws<ArgumentOutOfRangeException>(() => new ReassemblyOptions { MaxAge = TimeSpan.FromDays(1) + TimeSpan.FromTicks(1) });
    }
}
