using RSocketIm.Protocol.Payloads.Records;
using RSocketIm.Server.Contracts;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Server.Routing;

/// <summary>Every route × every field × every kind of wrong input, in both formats: the contract's error, and nothing has changed.</summary>
public sealed class BadInputTests(HostedServer server) : IClassFixture<HostedServer>
{
    private static readonly BadInputKind[] Kinds = Enum.GetValues<BadInputKind>();

    public static TheoryData<string, DataFormat> Cases()
    {
        TheoryData<string, DataFormat> cases = [];
        foreach (string route in BadInputTable.Routes.Select(static route => $"{route.Name} {route.Interaction}"))
        {
            cases.Add(route, DataFormat.MessagePack);
            cases.Add(route, DataFormat.Json);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task WrongRequest_IsRefusedByName_AndNothingHasChanged(string name, DataFormat format)
    {
        BadInputRoute route = BadInputTable.Routes.Single(route => $"{route.Name} {route.Interaction}" == name);
        (BadInputWorld world, ChatClient client) = await BadInputWorld.CreateAsync(server, format);
        await using ChatClient _ = client;
        BadInputCaller caller = new(client, route, world);
        string state = await world.StateAsync();
        List<string> wrong = [];
        foreach ((string what, byte[] request, ContractError code, string names) in Requests(route, format, world))
        {
            (uint Code, string Message)? refusal = await caller.RefusalAsync(request);
            bool isRefused = refusal is { } told
                ? told.Code == (uint)code && told.Message.StartsWith($"{ContractErrors.NameOf(code)}: ", StringComparison.Ordinal) && told.Message.Contains(names, StringComparison.Ordinal)
                : route.Interaction == Interaction.FireAndForget;
            if (!isRefused)
            {
                wrong.Add($"{what}: {code} that names '{names}' was due, it was {refusal?.Message ?? "accepted"}");
            }

            string now = await world.StateAsync();
            if (now != state)
            {
                wrong.Add($"{what}: the state changed from\n{state}\nto\n{now}");
                state = now;
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));

        // And the one that all of them were made from is accepted, so each was refused for what is wrong with it.
        if (!route.IsSilent)
        {
            Assert.Null(await caller.RefusalAsync(WireValue.Encode(format, BadInputSite.Strip(route.Valid(world))), route.Rest));
        }
    }

    [Fact]
    public void Table_HasEveryRoute()
    {
        IEnumerable<(string, Interaction)> tabled = BadInputTable.Routes.Select(static route => (route.Route, route.Interaction)).Distinct();
        Assert.Equal(ServedRoutes.Of(server).Where(static served => served.Route != BadInputTable.TakesAnything).Order(), tabled.Order());
    }

    [Fact]
    public async Task Table_HasEveryFieldOfEveryRecord()
    {
        (BadInputWorld world, ChatClient client) = await BadInputWorld.CreateAsync(server, DataFormat.Json);
        await client.DisposeAsync();
        foreach (IGrouping<IReadOnlyList<string>, BadInputRoute> parts in BadInputTable.Routes.GroupBy(
            static route => route.Fields, EqualityComparer<IReadOnlyList<string>>.Create(static (left, right) => left!.SequenceEqual(right!), static fields => fields.Count)))
        {
            foreach (IGrouping<string, BadInputRoute> route in parts.GroupBy(static part => part.Route))
            {
                IEnumerable<string> tried = route.SelectMany(part => BadInputSite.Strip(part.Valid(world)).Pairs).Select(static pair => (string)pair.Key);
                Assert.Equal(parts.Key.Order(StringComparer.Ordinal), tried.Distinct().Order(StringComparer.Ordinal));
            }
        }
    }

    [Fact]
    public async Task EveryFieldAndKind_IsTriedOrExemptForAReason_AndNoExemptionIsIdle()
    {
        (BadInputWorld world, ChatClient client) = await BadInputWorld.CreateAsync(server, DataFormat.Json);
        await client.DisposeAsync();
        HashSet<BadInputExemption> idle = [.. BadInputTable.Exemptions];
        List<string> open = [];
        foreach ((BadInputRoute route, BadInputSite site, BadInputKind kind) in Everything(world))
        {
            BadInputExemption[] exemptions = [.. BadInputTable.Exemptions.Where(exemption => exemption.Covers(route, site, kind))];
            idle.ExceptWith(exemptions);
            if (exemptions.Length == 0 && !BadInputCell.Of(route, site, kind, world).Any())
            {
                open.Add($"{route.Name} {site.Field}: {kind}");
            }
        }

        Assert.Empty(open);
        Assert.Empty(idle);
    }

    private static IEnumerable<(BadInputRoute Route, BadInputSite Site, BadInputKind Kind)> Everything(BadInputWorld world) =>
        from route in BadInputTable.Routes
        from site in BadInputSite.Of(route.Valid(world))
        from kind in Kinds
        select (route, site, kind);

    private static IEnumerable<(string What, byte[] Request, ContractError Code, string Names)> Requests(BadInputRoute route, DataFormat format, BadInputWorld world)
    {
        foreach ((BadInputRoute of, BadInputSite site, BadInputKind kind) in Everything(world).Where(each => each.Route == route))
        {
            if (BadInputTable.Exemptions.Any(exemption => exemption.Covers(of, site, kind)))
            {
                continue;
            }

            foreach (BadInputCell cell in BadInputCell.Of(of, site, kind, world).Where(cell => WireValue.Exists(format, cell.Request)))
            {
                yield return ($"{route.Name} {site.Path} {kind}", WireValue.Encode(format, cell.Request), cell.Code, cell.Names);
            }
        }

        foreach ((string what, byte[] request) in BadInputTable.NoRecords(format, BadInputSite.Strip(route.Valid(world))))
        {
            yield return ($"{route.Name} {what}", request, ContractError.BadRequest, "");
        }
    }
}
