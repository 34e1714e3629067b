namespace RSocketIm.Server.Contracts;

/// <summary>The words for <c>kind</c>.</summary>
internal static class RoomKinds
{
    public const string Public = "public";
    public const string Private = "private";
    public const string Direct = "direct";
}
