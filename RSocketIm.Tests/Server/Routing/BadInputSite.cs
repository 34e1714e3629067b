using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Server.Routing;

/// <summary>One value within a request: a field, an element of a list, a value of a map, a field of an element.</summary>
/// <param name="Path">As errors name it: <c>attachments[0].size</c>.</param>
/// <param name="Field">Path without what depends on the request: <c>attachments[].size</c>.</param>
/// <param name="IsOptional">Whether it may be missing.</param>
/// <param name="Value">The valid value.</param>
/// <param name="Replace">The request with another value here.</param>
/// <param name="Remove">The request without it; null where that is another valid request.</param>
/// <param name="Repeat">The request with it twice; null where that is another valid request.</param>
internal sealed record BadInputSite(
    string Path, string Field, bool IsOptional, object? Value, Func<object?, WireMap> Replace, Func<WireMap>? Remove, Func<WireMap>? Repeat)
{
    /// <summary>Every value within a request, those inside lists and maps too.</summary>
    public static IEnumerable<BadInputSite> Of(WireMap request) => Of(Strip(request), request, "", "", static changed => changed);

    /// <summary>The request without the marks of what is optional.</summary>
    public static WireMap Strip(WireMap request) => new([.. request.Pairs.Select(static pair => ((object)Name(pair.Key), pair.Value))]);

    private static string Name(object key) => ((string)key).TrimEnd('?');

    private static IEnumerable<BadInputSite> Of(WireMap map, WireMap marked, string pathOfMap, string fieldOfMap, Func<WireMap, WireMap> within)
    {
        foreach ((object key, object? value) in marked.Pairs)
        {
            string name = Name(key);
            string path = pathOfMap + name;
            string field = fieldOfMap + name;
            yield return new BadInputSite(
                path,
                field,
                ((string)key).EndsWith('?'),
                value,
                other => within(map.With(name, other)),
                () => within(map.Without(name)),
                () => within(map.Plus(name, value)));
            if (value is object?[] list)
            {
                WireMap WithElement(object? element) => within(map.With(name, (object?[])[element]));
                yield return new BadInputSite($"{path}[0]", $"{field}[]", false, list[0], WithElement, null, null);
                foreach (BadInputSite inside in list[0] is WireMap record ? Of(record, record, $"{path}[0].", $"{field}[].", WithElement) : [])
                {
                    yield return inside;
                }
            }
            else if (value is WireMap entries)
            {
                (object entry, object? held) = entries.Pairs[0];
                yield return new BadInputSite(
                    $"{path}[\"{entry}\"]",
                    $"{field}[]",
                    false,
                    held,
                    other => within(map.With(name, entries.With(entry, other))),
                    null,
                    () => within(map.With(name, entries.Plus(entry, held))));
            }
        }
    }
}
