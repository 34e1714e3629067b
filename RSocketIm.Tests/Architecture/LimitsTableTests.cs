using System.Reflection;
using System.Text.RegularExpressions;
using RSocketIm.Protocol;
using RSocketIm.Server.Configuration;
using RSocketIm.Server.Diagnostics;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Architecture;

/// <summary>docs/limits.md is read and held to the code: its options exist, its metrics are exported, its tests are there; and no limit is missing from it.</summary>
public sealed partial class LimitsTableTests
{
    private const string Family = "rsocketim_limit_hits_total";

    private static readonly string Page = File.ReadAllText(Path.Combine(DependencyTests.Root(), "docs", "limits.md"));

    private static readonly string[] Code = [.. CodeSpan().Matches(Page).Select(match => match.Groups[1].Value)];

    [Fact]
    public void EveryRow_HasAllItsColumns()
    {
        string[] rows = [.. Page.Split('\n').Where(line => line.StartsWith('|'))];
        Assert.InRange(rows.Length, 25, 100);
        Assert.All(rows, row =>
        {
            string[] cells = row.Trim().Trim('|').Split('|');
            Assert.Contains(cells.Length, (int[])[5, 7]);
            Assert.All(cells, cell => Assert.NotEqual("", cell.Trim()));
        });
    }

    [Fact]
    public void EverySetting_IsRead_AndRefusesNonsense()
    {
        string[] keys = [.. Code.Where(code => code.StartsWith("RSocketIm:", StringComparison.Ordinal))];
        Assert.InRange(keys.Length, 20, 100);
        Assert.All(keys, key =>
        {
            IConfiguration nonsense = new ConfigurationBuilder().AddInMemoryCollection([new(key, "nonsense")]).Build();
            StartupException refusal = Assert.Throws<StartupException>(() => ServerSettings.Read(nonsense));
            Assert.Contains(key, refusal.Message, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void EveryKeyBelowLimits_IsInTheTable_AndAmongTheSettings()
    {
        string source = File.ReadAllText(Path.Combine(DependencyTests.Root(), "RSocketIm.Server", "Configuration", "LimitSettings.cs"));
        string operating = File.ReadAllText(Path.Combine(DependencyTests.Root(), "docs", "operating.md"));
        string[] keys = [.. KeyInCode().Matches(source).Select(match => "RSocketIm:Limits:" + (match.Groups[1].Success ? match.Groups[1] : match.Groups[2]).Value)];
        Assert.InRange(keys.Length, 20, 100);
        Assert.All(keys, key =>
        {
            Assert.Contains(key, Code);
            Assert.Contains($"`{key}`", operating, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void EveryOptionOfTheLibrary_Exists()
    {
        (string Type, string Member)[] named = [.. Code.Select(code => OptionName().Match(code)).Where(match => match.Success).Select(match => (match.Groups[1].Value, match.Groups[2].Value))];
        Assert.InRange(named.Length, 10, 100);
        Assert.All(named, option =>
        {
            Type type = Assert.Single(
                (Type[])[.. typeof(RSocketServer).Assembly.GetTypes(), .. typeof(ServerSettings).Assembly.GetTypes()], type => type.Name == option.Type);
            Assert.NotEmpty(type.GetMember(option.Member, BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static));
        });
    }

    [Fact]
    public async Task EveryMetric_IsExported_AndEveryLimitThatIsCounted_IsInTheTable()
    {
        string[] labels = [.. Code.Where(code => code.StartsWith(Family + "{", StringComparison.Ordinal)).Select(code => code.Split('"')[1])];
        Assert.Equal(LimitMetrics.Names.Order(StringComparer.Ordinal), labels.Distinct().Order(StringComparer.Ordinal));

        HostedServer server = new();
        await server.InitializeAsync();
        string metrics = await server.Client.GetStringAsync("/metrics");
        Assert.All(labels, label => Assert.Contains($"{Family}{{limit=\"{label}\"}} 0\n", metrics, StringComparison.Ordinal));
        Assert.All(
            Code.Where(code => code.StartsWith("rsocketim_", StringComparison.Ordinal) && !code.StartsWith(Family, StringComparison.Ordinal)),
            name => Assert.Contains($"# TYPE {name} ", metrics, StringComparison.Ordinal));
        await server.DisposeAsync();
    }

    [Fact]
    public void EveryTest_IsThere()
    {
        (string Class, string Method)[] named = [.. Code.Select(code => TestName().Match(code)).Where(match => match.Success).Select(match => (match.Groups[1].Value, match.Groups[2].Value))];
        Assert.InRange(named.Length, 25, 200);
        Assert.All(named, test =>
        {
            Type[] classes = [.. typeof(LimitsTableTests).Assembly.GetTypes().Where(type => type.Name == test.Class)];
            Assert.Contains(classes, type => type.GetMethod(test.Method)?.GetCustomAttribute<FactAttribute>() is { Skip: null });
        });
    }

    [GeneratedRegex("`([^`\n]+)`")]
    private static partial Regex CodeSpan();

    [GeneratedRegex("(?:Whole|Flag)\\(\"(?:Limits:)?(\\w+)\"|\"Limits:(\\w+)\"")]
    private static partial Regex KeyInCode();

    [GeneratedRegex(@"^(\w+Options|Passwords|Tickets|PollRequest|SocketSession|SocketWriter|EventStream|ServerApp|RSocketListener)\.(\w+)$")]
    private static partial Regex OptionName();

    [GeneratedRegex(@"^(\w+Tests)\.(\w+)$")]
    private static partial Regex TestName();
}
