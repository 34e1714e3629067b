using RSocketIm.Server.Rooms;
using RSocketIm.Server.Storage;

namespace RSocketIm.Tests.Server.Rooms;

public sealed class LogTailTests
{
    [Fact]
    public void Find_OfWhatIsHeld_GivesTheEntryAndNothingElse()
    {
        LogTail tail = new();
        for (long seq = 1001; seq <= 1100; seq++)
        {
            tail.Append(Entry(seq));
        }

        for (int i = 0; i < 30; i++)
        {
            tail.RemoveOldest();
        }

        Assert.Equal(70, tail.Count);
        Assert.All(Enumerable.Range(0, 2200), seq => Assert.Equal(seq is >= 1031 and <= 1100 ? seq : null, tail.Find(seq)?.Seq));
    }

    [Fact]
    public void Tail_AfterAnyAppendsAndRemovals_HoldsWhatAQueueHolds()
    {
        Random random = new(1);
        LogTail tail = new();
        Queue<long> expected = new();
        long next = 1;
        for (int round = 0; round < 20_000; round++)
        {
            // Long phases of growing and of shrinking, through empty.
            bool grow = random.Next(100) < (round / 1000 % 2 == 0 ? 70 : 30);
            if (grow || expected.Count == 0)
            {
                tail.Append(Entry(next));
                expected.Enqueue(next++);
            }
            else
            {
                Assert.Equal(expected.Dequeue(), tail.RemoveOldest().Seq);
            }

            Assert.Equal(expected.Count, tail.Count);
            long probe = next - 1 - random.Next(200);
            Assert.Equal(expected.Contains(probe) ? probe : null, tail.Find(probe)?.Seq);
        }
    }

    [Fact]
    public async Task Find_WhileAnotherThreadWrites_GivesTheEntryOrNothing()
    {
        LogTail tail = new();
        long last = 0;
        Task writer = Task.Run(() =>
        {
            Random random = new(2);
            for (long seq = 1; seq <= 200_000; seq++)
            {
                tail.Append(Entry(seq));
                Volatile.Write(ref last, seq);
                while (tail.Count > 0 && random.Next(10) < 5)
                {
                    tail.RemoveOldest();
                }
            }
        });

        Random probes = new(3);
        while (!writer.IsCompleted)
        {
            long seq = Volatile.Read(ref last) - probes.Next(16);
            Assert.True(tail.Find(seq) is not { } found || found.Seq == seq);
        }

        await writer;
    }

    [Fact]
    public void Budget_WhenExceeded_EvictsTheColdestRoomsOldestEntries()
    {
        LogTail[] tails = [new(), new(), new()];
        long cost = Entry(1).Cost;
        TailBudget budget = new(6 * cost);
        foreach (LogTail tail in tails)
        {
            budget.Append(tail, Entry(1));
            budget.Append(tail, Entry(2));
        }

        budget.Append(tails[0], Entry(3));
        Assert.Equal([3, 1, 2], tails.Select(tail => tail.Count));
        Assert.Null(tails[1].Find(1));
        Assert.NotNull(tails[1].Find(2));

        budget.Append(tails[0], Entry(4));
        budget.Append(tails[0], Entry(5));
        Assert.Equal([5, 0, 1], tails.Select(tail => tail.Count));
        Assert.Equal(6 * cost, budget.Bytes);

        budget.Append(tails[1], Entry(3));
        Assert.Equal([5, 1, 0], tails.Select(tail => tail.Count));
        budget.Append(tails[1], Entry(4));
        Assert.Equal([4, 2, 0], tails.Select(tail => tail.Count));
    }

    [Fact]
    public void Budget_OverRandomRooms_StaysBelowItsLimit()
    {
        Random random = new(4);
        LogTail[] tails = [.. Enumerable.Range(0, 50).Select(_ => new LogTail())];
        long[] heads = new long[tails.Length];
        long cost = Entry(1).Cost;
        TailBudget budget = new(100 * cost);
        for (int i = 0; i < 10_000; i++)
        {
            int room = random.Next(tails.Length);
            budget.Append(tails[room], Entry(++heads[room]));
            Assert.True(budget.Bytes <= 100 * cost);
        }

        Assert.Equal(budget.Bytes, tails.Sum(tail => tail.Count * cost));
    }

    [Fact]
    public void Budget_OfZero_HoldsNothing()
    {
        LogTail tail = new();
        TailBudget budget = new(0);
        budget.Append(tail, Entry(1));
        budget.Append(tail, Entry(2));

        Assert.Equal((0, 0L), (tail.Count, budget.Bytes));
    }

    private static LogEntry Entry(long seq) => new(seq, 0, EntryKind.Message, "ann", 0, new byte[10]);
}
