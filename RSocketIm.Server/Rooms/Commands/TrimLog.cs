namespace RSocketIm.Server.Rooms.Commands;

/// <summary>Retention: the entries before a seq are gone from now on, and readers who ask for them get a gap.</summary>
/// <param name="room">The room's id.</param>
/// <param name="firstSeq">The first seq to keep; more than the head keeps none.</param>
internal sealed class TrimLog(string room, long firstSeq) : RoomCommand<long>("", room)
{
    /// <inheritdoc />
    /// <returns>The first seq that is retained now.</returns>
    protected override long Run(CommitTurn turn)
    {
        RoomDraft draft = turn.Require(Room);

        // Entries of this very turn stay: their senders have not even been answered.
        long first = Math.Min(firstSeq, draft.Room.Head + 1);
        if (first > draft.Record.FirstSeq)
        {
            draft.SetFirstSeq(first);
        }

        return draft.Record.FirstSeq;
    }
}
