namespace RSocketIm.Server.Routing;

/// <summary>Routes that belong together: those with the same beginning.</summary>
internal interface IRouteFamily
{
    /// <summary>Adds the routes.</summary>
    void Add(RouteTableBuilder routes);
}
