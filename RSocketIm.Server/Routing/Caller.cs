using RSocketIm.Protocol.Payloads.Records;

namespace RSocketIm.Server.Routing;

/// <summary>Everything a handler knows about who is calling; it holds for the connection.</summary>
/// <param name="User">The user.</param>
/// <param name="Connection">The connection's id.</param>
/// <param name="Node">The server the connection is on.</param>
/// <param name="Format">How the caller's data are encoded, both ways.</param>
internal sealed record Caller(string User, string Connection, string Node, DataFormat Format);
