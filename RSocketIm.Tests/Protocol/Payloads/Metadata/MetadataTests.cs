using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using RSocketIm.Protocol.Payloads.Metadata;

namespace RSocketIm.Tests.Protocol.Payloads.Metadata;

public sealed class MetadataTests
{
    [Fact]
    [Trait("Checklist", "E36")]
    [Trait("Checklist", "81")]
    public void Composite_CutAnywhereInside_SaysWhere()
    {
        byte[] whole = new RequestMetadata().Route("rooms.get").Bearer("token").Add("x/custom", [1, 2, 3]).ToArray();
        HashSet<int> entryEnds = [0, 14, 14 + 10, whole.Length];
        for (int length = 0; length < whole.Length; length++)
        {
            byte[] cut = whole[..length];
            Exception? error = Record.Exception(() => ReadAll(cut));
            if (entryEnds.Contains(length))
            {
                Assert.Null(error); // a shorter list of whole entries is as good as any
            }
            else
            {
                Assert.InRange(Assert.IsType<MetadataFormatException>(error).Offset, 0, length);
            }
        }
    }

    [Fact]
    [Trait("Checklist", "87")]
    [Trait("Checklist", "E36")]
    public void Composite_WithAnUnknownId_IsReadPast()
    {
        byte[] bytes = [0x80 | 0x55, 0, 0, 2, 0xAA, 0xBB, .. RequestMetadata.ForRoute("typing")];
        CompositeMetadataReader reader = new(new ReadOnlySequence<byte>(bytes));
        Assert.True(reader.TryRead(out CompositeMetadataEntry unknown));
        Assert.True(unknown.IsWellKnown);
        Assert.Equal(0x55, (int)unknown.Id!.Value);
        Assert.Null(unknown.MimeType);
        Assert.True(RequestMetadata.TryReadRoute(new ReadOnlySequence<byte>(bytes), out ReadOnlySequence<byte> route));
        Assert.Equal("typing", Encoding.UTF8.GetString(route));
    }

    [Fact]
    public void Route_WhoseTypeIsSentAsText_IsFoundAsWell()
    {
        byte[] name = Encoding.ASCII.GetBytes("Message/x.rsocket.routing.v0");
        byte[] bytes = [(byte)(name.Length - 1), .. name, 0, 0, 2, 1, (byte)'a'];
        foreach (ReadOnlySequence<byte> shape in Split.EveryWay(bytes))
        {
            Assert.True(RequestMetadata.TryReadRoute(shape, out ReadOnlySequence<byte> route));
            Assert.Equal("a"u8.ToArray(), route.ToArray());
        }
    }

    [Fact]
    public void Route_WhenThereIsNone_IsNotFound()
    {
        Assert.False(RequestMetadata.TryReadRoute(ReadOnlySequence<byte>.Empty, out _));
        Assert.False(RequestMetadata.TryReadRoute(new ReadOnlySequence<byte>([0xFE, 0, 0, 0]), out _));
        Assert.False(RequestMetadata.TryReadRoute(new ReadOnlySequence<byte>(new RequestMetadata().Bearer("t").ToArray()), out _));
        Assert.Null(RoutingMetadata.ReadFirstTag(ReadOnlySequence<byte>.Empty));
    }

    [Fact]
    public void RequestMetadata_WritesEntriesInTheOrderOfTheCalls()
    {
        byte[] bytes = new RequestMetadata()
            .Route("a").Simple("ada", "pw").DataMimeType("application/json").Accept("text/plain")
            .Tracing(new ZipkinTracingMetadata(ZipkinSampling.Sampled)).Authentication(AuthenticationMetadata.Bearer("t")).ToArray();
        CompositeMetadataReader reader = new(new ReadOnlySequence<byte>(bytes));
        List<int> ids = [];
        while (reader.TryRead(out CompositeMetadataEntry entry))
        {
            ids.Add((int)entry.Id!.Value);
        }

        Assert.Equal([0x7E, 0x7C, 0x7A, 0x7B, 0x7D, 0x7C], ids);
    }

    [Fact]
    public void RequestMetadata_AfterARefusedEntry_HoldsNothingOfIt()
    {
        RequestMetadata metadata = new();
        Assert.Throws<ArgumentException>(() => metadata.Route("kept?", new string('x', 256)));
        Assert.Equal(RequestMetadata.ForRoute("a"), metadata.Route("a").ToArray());
    }

    [Theory]
    [InlineData("")]
    [InlineData("é")]
    public void MimeType_OfNoAscii_IsRefused(string mimeType) => Assert.Throws<ArgumentException>(() => new RequestMetadata().Add(mimeType, []));

    [Fact]
    [Trait("Checklist", "82")]
    public void MimeType_Of129Characters_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => new RequestMetadata().Add(new string('x', 129), []));
        Assert.Equal(127, new RequestMetadata().Add(new string('x', 128), []).ToArray()[0]);
    }

    [Fact]
    [Trait("Checklist", "87")]
    public void WellKnownTypes_AreNumberedAsTheListSays()
    {
        int[] ids = [.. Enumerable.Range(0, 256).Where(static id => WellKnownMimeTypes.GetName((WellKnownMimeType)id) is not null)];
        Assert.Equal([.. Enumerable.Range(0, 0x2B), .. Enumerable.Range(0x7A, 6)], ids);
        foreach (int id in ids)
        {
            Assert.True(WellKnownMimeTypes.TryGetId(WellKnownMimeTypes.GetName((WellKnownMimeType)id)!.ToUpperInvariant(), out WellKnownMimeType found));
            Assert.Equal(id, (int)found);
            Assert.True(Enum.IsDefined(found));
        }

        Assert.Equal("application/json", WellKnownMimeTypes.GetName(WellKnownMimeType.ApplicationJson));
        Assert.Equal("message/x.rsocket.composite-metadata.v0", WellKnownMimeTypes.GetName(WellKnownMimeType.CompositeMetadata));
        Assert.Equal("video/VP8", WellKnownMimeTypes.GetName((WellKnownMimeType)0x25));
        Assert.False(WellKnownMimeTypes.TryGetId("application/vnd.msgpack", out _));
    }

    [Theory]
    [InlineData("")] // no type
    [InlineData("0273")] // a type of three bytes, one there
    [InlineData("80")] // no user name length
    [InlineData("8000")]
    [InlineData("80000361")] // a user name of three bytes, one there
    [InlineData("800001ff")] // not UTF-8
    [InlineData("81c3")] // not UTF-8
    [InlineData("00ff")] // a type that is not ASCII
    [Trait("Checklist", "84")]
    public void Authentication_ThatIsBroken_Throws(string hex) =>
        Assert.Throws<MetadataFormatException>(() => AuthenticationMetadata.Read(new ReadOnlySequence<byte>(Convert.FromHexString(hex))));

    [Fact]
    public void Authentication_OfAnUnknownNumber_KeepsItsBytes()
    {
        AuthenticationMetadata read = AuthenticationMetadata.Read(new ReadOnlySequence<byte>([0x85, 1, 2]));
        Assert.Equal(AuthenticationKind.Other, read.Kind);
        Assert.Equal((byte)5, read.TypeId);
        Assert.Null(read.TypeName);
        ArrayBufferWriter<byte> output = new();
        read.WriteTo(output);
        Assert.Equal([0x85, 1, 2], output.WrittenSpan.ToArray());
    }

    [Fact]
    public void Authentication_WithItsNameAsText_IsTheWellKnownOne()
    {
        AuthenticationMetadata read = AuthenticationMetadata.Read(new ReadOnlySequence<byte>([5, .. "bearer"u8, .. "abc"u8]));
        Assert.Equal(AuthenticationKind.Bearer, read.Kind);
        Assert.Equal("abc", read.Token);
        Assert.DoesNotContain("abc", read.ToString(), StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => AuthenticationMetadata.Simple(new string('x', 65_536), ""));
    }

    [Fact]
    [Trait("Checklist", "85")]
    public void DataMimeType_OfTwoTypes_Throws()
    {
        Assert.Throws<MetadataFormatException>(() => DataMimeTypeMetadata.Read(new ReadOnlySequence<byte>([0x85, 0x85])));
        Assert.Throws<MetadataFormatException>(() => DataMimeTypeMetadata.Read(ReadOnlySequence<byte>.Empty));
        Assert.Null(DataMimeTypeMetadata.Read(new ReadOnlySequence<byte>([0xC0])));
        Assert.Equal(["text/plain"], AcceptMimeTypesMetadata.Read(new ReadOnlySequence<byte>([0xC0, 0xA1])));
    }

    [Theory]
    [InlineData(0xF0, ZipkinSampling.Debug)]
    [InlineData(0x30, ZipkinSampling.Sampled)]
    [Trait("Checklist", "86")]
    public void Zipkin_WithSeveralFlags_TakesTheStrongest(byte flags, ZipkinSampling sampling) =>
        Assert.Equal(sampling, ZipkinTracingMetadata.Read(new ReadOnlySequence<byte>([flags, .. new byte[32]])).Sampling);

    [Fact]
    [Trait("Checklist", "86")]
    public void Zipkin_ShorterThanItsFlagsSay_Throws()
    {
        Assert.Throws<MetadataFormatException>(() => ZipkinTracingMetadata.Read(ReadOnlySequence<byte>.Empty));
        Assert.Throws<MetadataFormatException>(() => ZipkinTracingMetadata.Read(new ReadOnlySequence<byte>([0x80, .. new byte[15]])));
        Assert.Throws<MetadataFormatException>(() => ZipkinTracingMetadata.Read(new ReadOnlySequence<byte>([0x8C, .. new byte[31]])));
    }

    [Fact]
    public void Garbage_RaisesTheOneException_OrNone() => Prop.ForAll<byte[]>(static bytes =>
    {
        ReadOnlySequence<byte> shape = Split.Join(bytes.AsMemory(0, bytes.Length / 2), bytes.AsMemory(bytes.Length / 2));
        Action[] readings =
        [
            () => ReadAll(bytes),
            () => RoutingMetadata.ReadTags(shape),
            () => AuthenticationMetadata.Read(shape),
            () => DataMimeTypeMetadata.Read(shape),
            () => AcceptMimeTypesMetadata.Read(shape),
            () => ZipkinTracingMetadata.Read(shape),
        ];
        return readings.All(static read => Record.Exception(read) is null or MetadataFormatException);
    }).QuickCheckThrowOnFailure();

    private static void ReadAll(byte[] bytes)
    {
        CompositeMetadataReader reader = new(new ReadOnlySequence<byte>(bytes));
        while (reader.TryRead(out CompositeMetadataEntry entry))
        {
            Assert.InRange(entry.MimeType?.Length ?? 0, 0, 128);
        }
    }
}
