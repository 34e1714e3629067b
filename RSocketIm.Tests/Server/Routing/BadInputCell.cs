using RSocketIm.Server.Contracts;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Server.Routing;

/// <summary>A wrong request and how it must be refused.</summary>
/// <param name="Request">The request.</param>
/// <param name="Code">The code.</param>
/// <param name="Names">What the sentence must name: the field, or for what is refused because of how things stand its value.</param>
internal sealed record BadInputCell(WireMap Request, ContractError Code, string Names)
{
    /// <summary>More than any list, map or text may have.</summary>
    private const int TooMany = 10_001;

    private static readonly WireBytes[] NotUtf8 =
    [
        new([0xa2, 0xff, 0xfe], [0x22, 0xff, 0xfe, 0x22]),
        new([0xa2, 0xc0, 0x80], [0x22, 0xc0, 0x80, 0x22]), // overlong
        new([0xa3, 0xed, 0xa0, 0x80], [0x22, 0xed, 0xa0, 0x80, 0x22]), // half of a surrogate pair
        new([0xa2, 0xe2, 0x82], [0x22, 0xe2, 0x82, 0x22]), // cut short
        new(null, "\"\\ud800\""u8.ToArray()), // half of a pair, escaped
    ];

    private static readonly object[] Beyond53Bits =
    [
        (1L << 53) + 1,
        long.MaxValue,
        new WireBytes([0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], "18446744073709551615"u8.ToArray()),
        new WireBytes([0xcb, 0x7e, 0x37, 0xe4, 0x3c, 0x88, 0x00, 0x75, 0x9c], "1e300"u8.ToArray()),
        new WireBytes([0xcb, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0], "1e999"u8.ToArray()), // infinite
        new WireBytes([0xcb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0], null), // not a number
    ];

    private static readonly object[] OtherTypes =
    [
        "text",
        7L,
        true,
        Array.Empty<object?>(),
        new WireMap(),
        new WireBytes([0xc4, 0x01, 0x61], null), // bytes
        new WireBytes([0xd4, 0x05, 0x61], null), // an extension
    ];

    /// <summary>The wrong requests of one kind; none where the kind means nothing for the value.</summary>
    public static IEnumerable<BadInputCell> Of(BadInputRoute route, BadInputSite site, BadInputKind kind, BadInputWorld world) => kind switch
    {
        BadInputKind.Missing when site.Remove is not null => [new(site.Remove(), ContractError.BadRequest, $"{site.Path} is missing")],
        BadInputKind.Null => Replaced(site, ContractError.BadRequest, site.Path, [null]),
        BadInputKind.GivenTwice when site.Repeat is not null => [new(site.Repeat(), ContractError.BadRequest, $"{site.Path} is given twice")],
        BadInputKind.WrongType => Replaced(site, ContractError.BadRequest, site.Path, OtherTypes.Where(other => !IsSameType(site.Value, other))),
        BadInputKind.TooLong => Replaced(site, site.Path == "text" ? ContractError.TooLarge : ContractError.BadRequest, site.Path, TooLong(site.Value)),
        BadInputKind.Empty when site.Value is string => Replaced(site, ContractError.BadRequest, site.Path, [""]),
        BadInputKind.WrongForm when site.Field is "epoch" or "epochs[]" => Replaced(site, ContractError.Gone, "Epoch another", ["another"]),
        BadInputKind.WrongForm when site.Value is string => Replaced(site, ContractError.BadRequest, site.Path, ["Not one of these", "é", "\0", "../x"]),
        BadInputKind.NotUtf8 when site.Value is string => Replaced(site, ContractError.BadRequest, site.Path, NotUtf8),
        BadInputKind.NotUtf8 when site.Value is WireMap map => Replaced(site, ContractError.BadRequest, site.Path, NotUtf8.Select(key => new WireMap((key, map.Pairs[0].Value)))),
        BadInputKind.Negative when site.Value is long => Replaced(site, ContractError.BadRequest, site.Path, [-1L, long.MinValue]),
        BadInputKind.Fraction when site.Value is long =>
            Replaced(site, ContractError.BadRequest, site.Path, [new WireBytes([0xcb, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0], "1.5"u8.ToArray())]),
        BadInputKind.Beyond31Bits when site.Value is long =>
            Replaced(site, route.Route == "attachments.upload" ? ContractError.TooLarge : ContractError.BadRequest, site.Path, [1L << 31]),
        BadInputKind.Beyond53Bits when site.Value is long => Replaced(site, ContractError.BadRequest, site.Path, Beyond53Bits),
        BadInputKind.BeyondEnd when site.Value is long => Replaced(site, ContractError.BadRequest, site.Path, [100L]),
        BadInputKind.UnknownRoom => Replaced(site, ContractError.NotFound, $"There is no room {world.Nowhere}.", [world.Nowhere]),
        BadInputKind.HiddenRoom => Replaced(site, ContractError.NotFound, $"There is no room {world.Vault}.", [world.Vault]),
        BadInputKind.BannedRoom => Replaced(site, ContractError.Forbidden, world.Tavern, [world.Tavern]),
        BadInputKind.HigherRole => Replaced(site, ContractError.Forbidden, world.Guild, [world.Guild]),
        BadInputKind.UnknownUser => Replaced(site, ContractError.NotFound, "nobody", ["nobody"]),
        _ => [],
    };

    private static IEnumerable<BadInputCell> Replaced(BadInputSite site, ContractError code, string names, IEnumerable<object?> values) =>
        values.Select(value => new BadInputCell(site.Replace(value), code, names));

    private static IEnumerable<object?> TooLong(object? value)
    {
        switch (value)
        {
            case string:
                yield return new string('x', 300_000);
                break;
            case object?[] list:
                yield return Enumerable.Repeat(list[0], TooMany).ToArray();
                break;
            case WireMap map:
                yield return new WireMap([.. Enumerable.Range(0, TooMany).Select(i => ((object)$"k{i}", map.Pairs[0].Value))]);
                yield return new WireMap((new string('k', 300_000), map.Pairs[0].Value));
                break;
        }
    }

    private static bool IsSameType(object? value, object other) => value is Array ? other is Array : value!.GetType() == other.GetType();
}
