namespace RSocketIm.Server.Contracts;

/// <summary>The words for <c>change</c> of a <c>member</c> entry.</summary>
internal static class MemberChanges
{
    public const string Joined = "joined";
    public const string Left = "left";
    public const string Invited = "invited";
    public const string Removed = "removed";
    public const string Banned = "banned";
    public const string Role = "role";
}
