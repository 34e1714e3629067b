namespace RSocketIm.Server.Gateways.Http;

/// <summary>One field of a request that stands in its address.</summary>
/// <param name="Name">The field, and in the address the part of the path in braces, or the key of the query.</param>
/// <param name="Kind">How it is read.</param>
internal sealed record RestParameter(string Name, ParameterKind Kind = ParameterKind.Text);
