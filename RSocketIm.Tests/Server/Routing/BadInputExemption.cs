using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Server.Routing;

/// <summary>Kinds of wrong input that are none for some routes and fields.</summary>
/// <param name="Route">Name of the route with its part, or <c>*</c>.</param>
/// <param name="Field">A field, or one of the shapes below in angle brackets.</param>
/// <param name="Kinds">The kinds.</param>
/// <param name="Reason">Why they are none.</param>
internal sealed record BadInputExemption(string Route, string Field, BadInputKind[] Kinds, string Reason)
{
    public bool Covers(BadInputRoute route, BadInputSite site, BadInputKind kind) =>
        Kinds.Contains(kind) && (Route == "*" || Route == route.Name) && (Field[0] == '<' ? HasShape(site) : Field == site.Field);

    private bool HasShape(BadInputSite site)
    {
        bool isElement = site.Path.EndsWith(']');
        bool isMap = site.Value is WireMap && !isElement;
        return Field switch
        {
            "<optional>" => site.IsOptional,
            "<element>" => isElement,
            "<list element>" => isElement && site.Repeat is null,
            "<not text>" => site.Value is not string,
            "<no text within>" => site.Value is not string && !isMap,
            "<not number>" => site.Value is not long,
            "<fixed size>" => site.Value is bool or long || (site.Value is WireMap && isElement),
            "<not room>" => site.Field != "room",
            "<not user>" => site.Field is not ("user" or "users[]" or "mentions[]"),
            _ => throw new InvalidOperationException($"No shape is called {Field}."),
        };
    }
}
