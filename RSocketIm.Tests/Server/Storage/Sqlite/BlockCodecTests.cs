using System.Buffers;
using FsCheck;
using FsCheck.Fluent;
using RSocketIm.Server.Storage;
using RSocketIm.Server.Storage.Sqlite;

namespace RSocketIm.Tests.Server.Storage.Sqlite;

public sealed class BlockCodecTests
{
    [Fact]
    public void AnyEntries_ComeBackAsTheyWere() => Prop.ForAll<long, (byte Kind, byte Sender, ushort Wait, ushort Target, byte[] Bytes)[]>((start, parts) =>
    {
        long first = 1 + Math.Abs(start % 1_000_000);
        long at = 0;
        LogEntry[] entries = [.. parts.Take(128).Select((part, i) => new LogEntry(
            first + i, at += part.Wait, (EntryKind)(part.Kind % 6), $"user{part.Sender % 5}ü", part.Target, part.Bytes ?? []))];
        return entries.Length == 0 || Describe(Read(first, first + entries.Length - 1, Write(entries))).SequenceEqual(Describe(entries));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void ABlockCutShortOrLengthened_IsRefused()
    {
        byte[] data = Write([new LogEntry(1, 5, EntryKind.Message, "ann", 0, new byte[40]), new LogEntry(2, 6, EntryKind.Edit, "bob", 1, new byte[3])]);

        for (int length = 0; length < data.Length; length++)
        {
            Assert.Throws<InvalidDataException>(() => Read(1, 2, data[..length]));
        }

        Assert.Throws<InvalidDataException>(() => Read(1, 2, [.. data, 0]));
    }

    [Fact]
    public void ABlockThatNamesNoSender_IsRefused() => Assert.Throws<InvalidDataException>(() => Read(1, 1, [1, 0, 0, 0, 0, 0, 0]));

    [Fact]
    public void CountMessages_CountsThoseOfOthersAfterASeq()
    {
        byte[] data = Write([.. Enumerable.Range(1, 10).Select(seq =>
            new LogEntry(seq, 0, seq == 9 ? EntryKind.Edit : EntryKind.Message, seq % 2 == 0 ? "ann" : "bob", 0, new byte[3]))]);

        Assert.Equal([9, 4, 1], new[] { (0L, (string?)null), (0L, "ann"), (6L, "ann") }.Select(ask => BlockCodec.CountMessages(1, 10, data, ask.Item1, ask.Item2)));
    }

    [Fact]
    public void Checksum_KnowsTheRoomTheLogAndTheSeqs()
    {
        byte[] data = [1, 2, 3, 4, 5, 6, 7, 8, 9];
        uint[] sums =
        [
            Checksum.OfBlock(Checksum.OfLog("lobby", "e"), 1, 2, data),
            Checksum.OfBlock(Checksum.OfLog("lobbz", "e"), 1, 2, data),
            Checksum.OfBlock(Checksum.OfLog("lobby", "f"), 1, 2, data),
            Checksum.OfBlock(Checksum.OfLog("lobby", "e"), 2, 2, data),
            Checksum.OfBlock(Checksum.OfLog("lobby", "e"), 1, 3, data),
            Checksum.OfBlock(Checksum.OfLog("lobby", "e"), 1, 2, [1, 2, 3, 4, 5, 6, 7, 8, 8]),
        ];

        Assert.Equal(sums.Length, sums.Distinct().Count());
    }

    [Fact]
    public void SipHash_GivesTheValuesOfItsPaper()
    {
        SipHash hash = new([.. Enumerable.Range(0, 16).Select(i => (byte)i)]);

        Assert.Equal(0xa129ca6149be45e5, hash.Hash([.. Enumerable.Range(0, 15).Select(i => (byte)i)]));
        Assert.Equal(0x726fdb47dd0e0e31UL, hash.Hash([]));
    }

    [Fact]
    public void IdFilter_ForgetsNothingAndSeldomThinksThatItKnowsMore()
    {
        IdFilter filter = new(1 << 14);
        Random random = new(7);
        ulong[] known = [.. Enumerable.Range(0, 8_000).Select(_ => (ulong)random.NextInt64())];
        Array.ForEach(known, filter.Add);

        Assert.All(known, hash => Assert.True(filter.MayContain(hash)));
        Assert.InRange(Enumerable.Range(0, 10_000).Count(_ => filter.MayContain((ulong)random.NextInt64())), 0, 500);
    }

    private static byte[] Write(LogEntry[] entries)
    {
        ArrayBufferWriter<byte> output = new();
        BlockCodec.Write(entries, output);
        return output.WrittenSpan.ToArray();
    }

    private static LogEntry[] Read(long first, long last, byte[] data) => BlockCodec.Read(first, last, data);

    private static IEnumerable<string> Describe(LogEntry[] entries) =>
        entries.Select(e => $"{e.Seq} {e.At} {e.Kind} {e.From} {e.Target} {Convert.ToHexString(e.Bytes.Span)}");
}
