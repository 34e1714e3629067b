namespace RSocketIm.Server.Contracts;

/// <summary>The words for <c>role</c>.</summary>
internal static class RoomRoles
{
    public const string Owner = "owner";
    public const string Moderator = "moderator";
    public const string Member = "member";
}
