using System.Diagnostics;
using RSocketIm.Server.Contracts;
using RSocketIm.Server.Storage;

namespace RSocketIm.Server.Gateways;

/// <summary>The <c>type</c> of an entry for doors that tell it beside the event.</summary>
internal static class EventTypes
{
    /// <summary>The word of the contract.</summary>
    public static string Of(EntryKind kind) => kind switch
    {
        EntryKind.Message or EntryKind.Redacted => RoomEventTypes.Message,
        EntryKind.Edit => RoomEventTypes.Edit,
        EntryKind.Delete => RoomEventTypes.Delete,
        EntryKind.Reaction => RoomEventTypes.Reaction,
        EntryKind.Member => RoomEventTypes.Member,
        EntryKind.Room => RoomEventTypes.Room,
        EntryKind.Gap => RoomEventTypes.Gap,
        _ => throw new UnreachableException($"Entries of kind {kind} have no name."),
    };
}
