using RSocketIm.Server.Storage;
using RSocketIm.Server.Storage.Sqlite;
using RSocketIm.Tests.Server.TestKit;

namespace RSocketIm.Tests.Server.Storage.Sqlite;

public sealed class LogVerifierTests : IDisposable
{
    private readonly DataDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Theory]
    [InlineData("UPDATE heads SET head = 301", "Room lobby: entries 301..301 are missing.")]
    [InlineData("UPDATE heads SET head = 299", "Room lobby: its blocks end at 300, its head is 299.")]
    [InlineData("DELETE FROM blocks WHERE last_seq = 256", "Room lobby: entries 129..256 are missing.")]
    [InlineData("UPDATE blocks SET last_seq = 255 WHERE last_seq = 256", "Room lobby: entries 256..256 are missing.")]
    [InlineData("UPDATE blocks SET messages = 1 WHERE last_seq = 256", "Room lobby: block 129..256 is counted wrongly.")]
    [InlineData("UPDATE blocks SET data = zeroblob(9) WHERE last_seq = 256", "Block 129..256 of room lobby is not what was written there: its checksum differs.")]
    [InlineData("DELETE FROM changes", "Room lobby: the index of edits, deletes and reactions does not agree with the log.")]
    [InlineData("INSERT INTO changes SELECT target, 7 FROM changes", "Room lobby: the index of edits, deletes and reactions does not agree with the log.")]
    [InlineData("INSERT INTO attachment_rooms VALUES ('lobby', 7)", "The bytes of attachments are counted wrongly for some rooms.")]
    [InlineData("DELETE FROM heads", "1 rooms have no head, or heads no room.")]
    public async Task WhatDoesNotAgree_IsTold(string damage, string problem)
    {
        await using SqliteRoomStore store = directory.Open();
        await new LogBuilder(store).Messages("lobby", 298).Edit("lobby", 5, "new").React("lobby", 6).CommitAsync();
        await store.SettleAsync();
        VerifyReport before = await store.VerifyAsync(default);
        Assert.Equal((1, 3, 300, true), (before.Rooms, before.Blocks, before.Entries, before.IsWhole));

        await store.Writer.RunAsync(log => log.Get(damage).Execute());

        Assert.Contains(problem, (await store.VerifyAsync(default)).Problems);
    }

    [Fact]
    public async Task ABlockInAnotherRoomsPlace_IsFoundOut()
    {
        await using SqliteRoomStore store = directory.Open();
        await new LogBuilder(store).Messages("lobby", 3).Messages("other", 3).CommitAsync();
        await store.Writer.RunAsync(log => log.Get("UPDATE blocks SET place = place + (CASE place >> 40 WHEN 1 THEN 1 ELSE -1 END << 40)").Execute());

        Assert.Equal(2, (await store.VerifyAsync(default)).Problems.Count);
        await Assert.ThrowsAsync<DamagedBlockException>(async () => await store.ReadAfterAsync("lobby", 0, new BlockLimit(9, 999), default));
    }

    [Fact]
    public async Task LargeTexts_AreManyBlocksOfBoundedSize()
    {
        await using SqliteRoomStore store = directory.Open();
        LogBuilder log = new(store);
        for (int i = 0; i < 64; i++)
        {
            await log.Message("lobby", new string('x', 16_000)).Message("lobby", new string('y', i == 5 ? 100_000 : 10)).CommitAsync();
        }

        await store.SettleAsync();
        VerifyReport report = await store.VerifyAsync(default);

        Assert.Empty(report.Problems);
        Assert.InRange(report.Blocks, 64 * 16_000 / BlockMerge.MaxBytes, 24);
        Assert.Equal(128, (await store.ReadAfterAsync("lobby", 0, new BlockLimit(128, 1 << 24), default)).Last);
    }

    [Fact]
    public async Task CommitsReadersAndReceipts_AtTheSameTime_SeeAWholeLog()
    {
        await using SqliteRoomStore store = directory.Open();
        LogBuilder log = new(store);
        using CancellationTokenSource stop = new();
        Task reading = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                long next = 1;
                while (await store.ReadAfterAsync("lobby", next - 1, new BlockLimit(100, 1 << 20), default) is { Entries.Count: > 0 } block)
                {
                    Assert.Equal(next, block.First);
                    next = block.Last + 1;
                }
            }
        });
        Task receipts = Task.Run(async () =>
        {
            for (int i = 0; !stop.IsCancellationRequested; i++)
            {
                await store.Receipts.SetReceiptsAsync([new ReceiptRecord("lobby", "ann", i)], default);
            }
        });
        for (int i = 0; i < 300; i++)
        {
            await log.Messages("lobby", 1 + (i % 7)).CommitAsync();
        }

        await stop.CancelAsync();
        await Task.WhenAll(reading, receipts);
        await store.SettleAsync();
        Assert.Empty((await store.VerifyAsync(default)).Problems);
    }
}
