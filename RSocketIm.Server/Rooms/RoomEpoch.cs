using System.Security.Cryptography;

namespace RSocketIm.Server.Rooms;

/// <summary>The epoch of a room's log.</summary>
internal static class RoomEpoch
{
    /// <summary>Makes one: 64 random bits, so that nobody guesses or repeats the epoch of a log that was there before.</summary>
    public static string Create() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
}
