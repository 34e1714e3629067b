using RSocketIm.Protocol;
using RSocketIm.Server.Contracts;

namespace RSocketIm.Server.Attachments;

/// <summary>What uploads and downloads answer when they do not do what was asked.</summary>
internal static class AttachmentRefusal
{
    /// <summary>More than one file may have.</summary>
    public static RSocketException TooLarge(long size, long most) => ContractError.TooLarge.ToException($"'size' is {size}, allowed is 0..{most}.");

    /// <summary>More than all files of a room may have.</summary>
    public static RSocketException RoomIsFull(string room, long size, long most) =>
        ContractError.TooLarge.ToException($"'size' is {size}; room {room} would have more than {most} bytes of attachments, which is all a room may have (RSocketIm:Limits:AttachmentBytesPerRoom).");

    /// <summary>The chunks are not what was announced.</summary>
    public static RSocketException WrongSize(long size, long came) =>
        ContractError.BadRequest.ToException($"'size' is {size}, but {(came > size ? "at least " : "")}{came} bytes came; nothing was kept.");

    /// <summary>The chunks are not what was announced.</summary>
    public static RSocketException WrongHash(string given, string came) =>
        ContractError.BadRequest.ToException($"'sha256' is {given}, but what came has {came}; nothing was kept.");

    /// <summary>Too many uploads in the whole server.</summary>
    public static RSocketException Busy(int most) => ContractError.Unavailable.ToException($"{most} uploads are under way, which is all there may be; try again.");

    /// <summary>The disk failed on a write.</summary>
    public static RSocketException NotKept() => ContractError.Unavailable.ToException("The file could not be kept; it is safe to try again.");

    /// <summary>The disk failed on a read, or the file is gone.</summary>
    public static RSocketException NotReadable(string id) => ContractError.Unavailable.ToException($"Attachment {id} could not be read; try again.");
}
