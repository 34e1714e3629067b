namespace RSocketIm.Server.Storage;

/// <summary>A range of entries that cannot be read.</summary>
/// <param name="Room">The room's id.</param>
/// <param name="First">First seq.</param>
/// <param name="Last">Last seq.</param>
internal readonly record struct DamagedBlock(string Room, long First, long Last);
