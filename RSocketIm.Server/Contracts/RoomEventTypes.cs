namespace RSocketIm.Server.Contracts;

/// <summary>The words for <c>type</c> of a RoomEvent.</summary>
internal static class RoomEventTypes
{
    public const string Message = "message";
    public const string Edit = "edit";
    public const string Delete = "delete";
    public const string Reaction = "reaction";
    public const string Member = "member";
    public const string Room = "room";
    public const string Gap = "gap";

    /// <summary>The one reason a <c>gap</c> has.</summary>
    public const string GapReasonRetention = "retention";
}
