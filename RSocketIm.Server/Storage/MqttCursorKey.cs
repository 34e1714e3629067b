namespace RSocketIm.Server.Storage;

/// <summary>What a cursor of a stored session reads: a room, for a subscription, as one of its topics.</summary>
/// <param name="Filter">The subscription.</param>
/// <param name="Room">The room's id.</param>
/// <param name="Topic">Which topic of the room; what the number means is the door's.</param>
internal readonly record struct MqttCursorKey(string Filter, string Room, int Topic);
