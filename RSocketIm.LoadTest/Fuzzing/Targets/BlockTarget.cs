using System.Buffers;
using RSocketIm.Server.Storage;
using RSocketIm.Server.Storage.Sqlite;

namespace RSocketIm.LoadTest.Fuzzing.Targets;

/// <summary>Blocks of a room's log as they lie on disk: damage is found by the checksum, and would be refused also without it.</summary>
internal sealed class BlockTarget : FuzzTarget
{
    private const uint Log = 0x1234_5678;

    private readonly ArrayBufferWriter<byte> written = new();

    public override string Name => "blocks";

    public override void Generate(FuzzRandom random, ArrayBufferWriter<byte> output)
    {
        int count = random.OneIn(20) ? random.Between(1, BlockCodec.Alignment) : random.Between(1, 6);
        LogEntry[] entries = new LogEntry[count];
        long at = random.Below(2) * 1_767_225_600_000;
        for (int i = 0; i < count; i++)
        {
            byte[] bytes = new byte[random.Length(120)];
            random.Fill(bytes);
            at += random.Below(10_000);
            entries[i] = new LogEntry(i + 1, at, (EntryKind)random.Below(8), $"user{random.Below(4)}ü", random.OneIn(3) ? random.Below(1_000) : 0, bytes);
        }

        output.Write([(byte)(count - 1)]);
        BlockCodec.Write(entries, output);
    }

    public override bool IsDocumented(Exception error) => error is InvalidDataException;

    // The number of entries is the store's word, not the block's: up to 128 of them are made room for.
    public override long AllocationLimit(int length) => 65_536 + (256L * length);

    public override ulong Read(in ReadOnlySequence<byte> input)
    {
        byte[] data = input.ToArray();
        int count = data.Length == 0 ? 1 : 1 + (data[0] % BlockCodec.Alignment);
        data = data.Length == 0 ? data : data[1..];
        CheckChecksum(count, data);
        LogEntry[] entries = BlockCodec.Read(1, count, data);
        Require(
            BlockCodec.CountMessages(1, count, data, after: 0, exceptFrom: null) == entries.Count(static entry => entry.Kind == EntryKind.Message),
            "Messages are counted differently than they are read.");
        Shape = (ulong)entries.Length;
        return Digest(entries);
    }

    public override void Check(byte[] input, ulong digest)
    {
        int count = 1 + (input[0] % BlockCodec.Alignment);
        written.ResetWrittenCount();
        LogEntry[] entries = BlockCodec.Read(1, count, input[1..]);
        if (entries.Any(static entry => entry.From.Contains('\uFFFD', StringComparison.Ordinal)))
        {
            return; // no name that was ever written
        }

        BlockCodec.Write(entries, written);
        Require(Digest(BlockCodec.Read(1, count, written.WrittenSpan.ToArray())) == digest, "Read, written and read again, the entries are others.");
    }

    // CRC-32C finds every damage that lies within 32 bits of each other, so none may pass.
    private static void CheckChecksum(int count, byte[] data)
    {
        if (data.Length == 0)
        {
            return;
        }

        uint stored = Checksum.OfBlock(Log, 1, count, data);
        FuzzRandom random = new(stored);
        int at = random.Below(data.Length);
        byte[] damaged = [.. data];
        for (int i = at; i < Math.Min(at + random.Between(1, 4), data.Length); i++)
        {
            damaged[i] ^= (byte)random.Between(1, 255);
        }

        Require(Checksum.OfBlock(Log, 1, count, damaged) != stored, $"The checksum does not see damage at byte {at}.");
        Require(Checksum.OfBlock(Log, 2, count + 1, data) != stored, "The checksum does not see that the block is in the wrong place.");
    }

    private static ulong Digest(LogEntry[] entries)
    {
        FuzzDigest digest = default;
        foreach (LogEntry entry in entries)
        {
            digest.Add(entry.Seq);
            digest.Add(entry.At);
            digest.Add((ulong)entry.Kind);
            digest.Add(entry.From);
            digest.Add(entry.Target);
            digest.Add(entry.Bytes.Span);
        }

        return digest.Value;
    }
}
