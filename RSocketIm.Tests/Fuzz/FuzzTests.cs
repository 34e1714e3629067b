using RSocketIm.LoadTest.Fuzzing;

namespace RSocketIm.Tests.Fuzz;

/// <summary>The engine of <c>fuzz</c> for a few seconds with a fixed seed, and everything it ever found; the load tool runs longer.</summary>
public sealed class FuzzTests
{
    private static readonly string FoundDirectory = Path.Combine(AppContext.BaseDirectory, "Fuzz", "Found");

    /// <summary>Target and file of every input that once showed a fault.</summary>
    public static TheoryData<string, string> Found
    {
        get
        {
            TheoryData<string, string> files = [];
            foreach (string file in Directory.EnumerateFiles(FoundDirectory, "*.hex", SearchOption.AllDirectories).Order())
            {
                files.Add(Path.GetFileName(Path.GetDirectoryName(file))!, Path.GetFileName(file));
            }

            return files;
        }
    }

    public static TheoryData<string> Targets => [.. FuzzTargets.Names];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Target_GivenSeededInputs_ShowsNothing(string target)
    {
        FuzzReport report = new FuzzRun(seed: 20_260_101, [target]).RunCount(inputs: 100_000, sequences: 1_000);

        Assert.True(report.Findings.Count == 0, string.Join('\n', report.Findings.Select(static finding => $"{finding.Kind}: {finding.Message}\n{finding.ToFile()}")));
        Assert.Equal(target is "connection" or "routes" ? 1_000 : 100_000, report.Counts.Single().Inputs);
    }

    [Theory]
    [MemberData(nameof(Found))]
    public void InputThatOnceShowedAFault_ShowsNoneAnyMore(string target, string file)
    {
        byte[] input = FuzzFinding.ReadFile(File.ReadAllText(Path.Combine(FoundDirectory, target, file)));

        Assert.Null(FuzzTargets.Create(target, seed: 1).Replay(input));
    }
}
