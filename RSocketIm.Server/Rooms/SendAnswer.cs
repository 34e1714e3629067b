using RSocketIm.Protocol;
using RSocketIm.Server.Contracts;

namespace RSocketIm.Server.Rooms;

/// <summary>How one send of a stream of sends ended.</summary>
/// <param name="Id">The sender's id for it, where there was one.</param>
/// <param name="Sent">Where it went; null when it was refused.</param>
/// <param name="Refusal">Why it was refused; null when it was sent.</param>
internal readonly record struct SendAnswer(string? Id, MessageSent? Sent, RSocketException? Refusal);
