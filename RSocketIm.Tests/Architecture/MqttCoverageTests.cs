using System.Text.RegularExpressions;

namespace RSocketIm.Tests.Architecture;

/// <summary>docs/mqtt-coverage.md is read and held to the tests: those it names are there, and each statement is listed once.</summary>
public sealed partial class MqttCoverageTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(DependencyTests.Root(), "docs", "mqtt-coverage.md"));

    [Fact]
    public void EveryTest_IsThere()
    {
        (string Class, string Method)[] named = [.. TestName().Matches(Page).Select(match => (match.Groups[1].Value, match.Groups[2].Value)).Distinct()];
        Assert.InRange(named.Length, 40, 200);
        Assert.All(named, test =>
        {
            Type[] classes = [.. typeof(MqttCoverageTests).Assembly.GetTypes().Where(type => type.Name == test.Class)];
            Assert.True(
                classes.Any(type => type.GetMethod(test.Method)?.GetCustomAttributes(typeof(FactAttribute), inherit: true) is [FactAttribute { Skip: null }]),
                $"{test.Class}.{test.Method}");
        });
    }

    [Fact]
    public void EveryStatement_IsListedOnce()
    {
        string[] statements = [.. Statement().Matches(Page).Select(match => match.Value)];
        Assert.InRange(statements.Length, 200, 300);
        Assert.Empty(statements.GroupBy(statement => statement).Where(group => group.Count() > 1).Select(group => group.Key));
    }

    [Fact]
    public void EveryRow_SaysWhatHoldsIt() => Assert.All(Page.Split('\n').Where(line => line.StartsWith("| MQTT-", StringComparison.Ordinal)), row =>
    {
        string[] cells = row.Trim().Trim('|').Split('|');
        Assert.Equal(3, cells.Length);
        Assert.All(cells, cell => Assert.NotEqual("", cell.Trim()));
    });

    [GeneratedRegex(@"`(\w+Tests)\.(\w+)`")]
    private static partial Regex TestName();

    [GeneratedRegex(@"MQTT-\d+(\.\d+)*-\d+")]
    private static partial Regex Statement();
}
