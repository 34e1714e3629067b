using RSocketIm.Server.Contracts;

namespace RSocketIm.Server.Rooms.Commands;

/// <summary><c>receipts.read</c>: a member has read up to a seq. No entry: it goes with whatever else is committed.</summary>
internal sealed class ReadUpTo(string user, ReceiptRequest request) : RoomCommand<long>(user, request.Room)
{
    /// <inheritdoc />
    /// <returns>How far the user has read now, which is never less than before.</returns>
    protected override long Run(CommitTurn turn)
    {
        RoomDraft draft = turn.Require(Room);
        Rights.RequireMember(draft.Record, draft.FindMember(User));
        if (request.Seq < 0 || request.Seq > draft.Head)
        {
            throw Refusal.OutOfRange("seq", request.Seq, 0, draft.Head);
        }

        long before = draft.ReadSeqOf(User);
        if (request.Seq <= before)
        {
            return before;
        }

        draft.SetReceipt(User, request.Seq);
        return request.Seq;
    }
}
