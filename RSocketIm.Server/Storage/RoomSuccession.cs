namespace RSocketIm.Server.Storage;

/// <summary>What every store asks of a commit: seqs that follow on the head without a hole.</summary>
internal static class RoomSuccession
{
    /// <exception cref="InvalidOperationException">The commit does not follow on the head.</exception>
    public static void Require(RoomCommit commit, long head)
    {
        long next = head + 1;
        foreach (LogEntry entry in commit.Entries)
        {
            if (entry.Seq != next)
            {
                throw new InvalidOperationException($"Entry {entry.Seq} of room {commit.Room.Room} does not follow on {next - 1}.");
            }

            next++;
        }

        if (commit.Room.Head != next - 1 || commit.Room.Head == 0)
        {
            throw new InvalidOperationException($"Room {commit.Room.Room} says its head is {commit.Room.Head}, its entries end at {next - 1}.");
        }
    }
}
