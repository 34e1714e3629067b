namespace RSocketIm.Server.Storage;

/// <summary>What a user is to one room.</summary>
/// <param name="User">The user.</param>
/// <param name="Standing">What the user is to the room.</param>
/// <param name="JoinedAt">When the user joined or was invited or banned, in Unix milliseconds.</param>
/// <param name="JoinedSeq">Seq of the entry that said so: the order of seniority, without ties.</param>
internal sealed record MemberRecord(string User, Standing Standing, long JoinedAt, long JoinedSeq);
