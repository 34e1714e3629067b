namespace RSocketIm.Tests.TestKit;

/// <summary>A map as it goes over the wire, also one that no record writes: with a key too few, too many or twice.</summary>
/// <param name="Pairs">Keys and values, in order. A key may be a text or a <see cref="WireBytes"/>.</param>
internal sealed record WireMap(params (object Key, object? Value)[] Pairs)
{
    public WireMap With(object key, object? value) => new([.. Pairs.Select(pair => pair.Key.Equals(key) ? (key, value) : pair)]);

    public WireMap Without(object key) => new([.. Pairs.Where(pair => !pair.Key.Equals(key))]);

    public WireMap Plus(object key, object? value) => new([.. Pairs, (key, value)]);
}
