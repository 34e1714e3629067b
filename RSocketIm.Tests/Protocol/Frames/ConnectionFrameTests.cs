using System.Buffers;
using RSocketIm.Protocol.Frames;

namespace RSocketIm.Tests.Protocol.Frames;

/// <summary>What the golden frames cannot show of the small frames on stream 0: reserved bits, echoes, and bugs on our side.</summary>
public sealed class ConnectionFrameTests
{
    [Fact]
    [Trait("Checklist", "26")]
    [Trait("Checklist", "29")]
    public void Read_OfNumbersWithTheReservedBit_MasksIt()
    {
        Assert.Equal(1, KeepAliveFrame.Read(Frame("000000000c00" + "8000000000000001")).LastReceivedPosition);
        Assert.Equal(1, ResumeOkFrame.Read(Frame("000000003800" + "8000000000000001")).LastReceivedClientPosition);
        Assert.Equal(1, ExtensionFrame.Read(Frame("00000000fc00" + "80000001")).ExtendedType);

        LeaseFrame lease = LeaseFrame.Read(Frame("000000000800" + "80000001" + "80000002"));
        Assert.Equal((1, 2), (lease.TimeToLiveMilliseconds, lease.NumberOfRequests));
    }

    [Fact]
    [Trait("Checklist", "23")]
    [Trait("Checklist", "E28")]
    public void KeepAlive_EchoedFromData_InSegments_IsByteExact()
    {
        byte[] received = Convert.FromHexString("000000000c80" + "0000000000000000" + "00fe80ff41");
        foreach (ReadOnlySequence<byte> bytes in Segments.EveryCut(received))
        {
            ArrayBufferWriter<byte> output = new();
            ReadOnlySequence<byte> data = KeepAliveFrame.Read(FrameReader.Read(bytes)).Data;
            KeepAliveFrame.Write(output, respond: false, 7, data);

            Assert.Equal("000000000c00" + "0000000000000007" + "00fe80ff41", Convert.ToHexStringLower(output.WrittenSpan));
            Assert.Equal(KeepAliveFrame.GetLength(5), output.WrittenCount);
        }
    }

    [Fact]
    [Trait("Checklist", "78")]
    [Trait("Checklist", "E35")]
    public void MetadataPush_OnAStreamOrWithoutM_CanBeReadAndTold()
    {
        Assert.Equal(3, MetadataPushFrame.Read(Frame("000000033100" + "61")).StreamId);

        MetadataPushFrame withoutM = MetadataPushFrame.Read(Frame("000000003000" + "61"));
        Assert.False(withoutM.HasMetadata);
        Assert.True(withoutM.Metadata.IsEmpty);
    }

    [Fact]
    public void Lease_WithoutM_HasNoMetadataWhateverFollows()
    {
        LeaseFrame lease = LeaseFrame.Read(Frame("000000000800" + "00000001" + "00000002" + "61"));

        Assert.False(lease.HasMetadata);
        Assert.True(lease.Metadata.IsEmpty);
    }

    [Fact]
    public void Write_OfWhatCannotBe_IsABug()
    {
        ArrayBufferWriter<byte> output = new();

        Assert.Throws<ArgumentOutOfRangeException>(() => KeepAliveFrame.Write(output, true, -1, default(ReadOnlySpan<byte>)));
        Assert.Throws<ArgumentOutOfRangeException>(() => LeaseFrame.Write(output, -1, 0, false, default));
        Assert.Throws<ArgumentOutOfRangeException>(() => LeaseFrame.Write(output, 0, -1, false, default));
        Assert.Throws<ArgumentException>(() => LeaseFrame.Write(output, 0, 0, false, "m"u8));
        Assert.Throws<ArgumentOutOfRangeException>(() => ResumeFrame.Write(output, 1, 0, new byte[65_536], 0, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => ResumeFrame.Write(output, 1, 0, default, -1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => ResumeFrame.Write(output, 1, 0, default, 0, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => ResumeOkFrame.Write(output, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => ExtensionFrame.Write(output, 0, FrameFlags.None, 0, default));
        Assert.Throws<ArgumentException>(() => MetadataPushFrame.Write(output, new byte[RSocketIm.Protocol.Frames.Frame.MaxLength]));
        Assert.Equal(0, output.WrittenCount);
    }

    private static Frame Frame(string hex) => FrameReader.Read(new ReadOnlySequence<byte>(Convert.FromHexString(hex)));
}
