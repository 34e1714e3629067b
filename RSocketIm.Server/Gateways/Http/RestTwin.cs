namespace RSocketIm.Server.Gateways.Http;

/// <summary>A route of the contract as an address of HTTP. It has no rules of its own: path, query and body become the route's request, in JSON.</summary>
/// <param name="Route">The route.</param>
/// <param name="Method">The method.</param>
/// <param name="Pattern">The address, with the fields that its path has in braces.</param>
internal sealed record RestTwin(string Route, string Method, string Pattern)
{
    /// <summary>Fields that the path has.</summary>
    public IReadOnlyList<RestParameter> Path { get; init; } = [];

    /// <summary>Fields that the query may have.</summary>
    public IReadOnlyList<RestParameter> Query { get; init; } = [];

    /// <summary>A field that the method itself stands for, as JSON: its name and value.</summary>
    public (string Name, string Value)? Fixed { get; init; }

    /// <summary>The field that the header <c>Idempotency-Key</c> stands for; null: none.</summary>
    public string? KeyField { get; init; }

    /// <summary>Whether the rest of the request is a body of JSON.</summary>
    public bool HasBody => Method is "POST" or "PUT" or "PATCH";
}
