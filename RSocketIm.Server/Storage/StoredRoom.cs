namespace RSocketIm.Server.Storage;

/// <summary>A room as the store gives it back at start.</summary>
/// <param name="Room">The room with its head.</param>
/// <param name="Members">Everybody who has a standing in it.</param>
internal sealed record StoredRoom(RoomRecord Room, IReadOnlyList<MemberRecord> Members);
