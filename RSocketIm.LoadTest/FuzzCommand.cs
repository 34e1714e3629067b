using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using RSocketIm.LoadTest.Fuzzing;

namespace RSocketIm.LoadTest;

/// <summary><c>fuzz</c>: damaged and unheard-of input for every reader, and random sequences of frames on live connections; fails when any of it shows a fault.</summary>
internal static class FuzzCommand
{
    public static Command Create()
    {
        var minutes = new Option<double>("--minutes") { Description = "How long.", DefaultValueFactory = _ => 10 };
        var inputs = new Option<int>("--inputs") { Description = "Instead of a time: how many inputs a target.", DefaultValueFactory = _ => 0 };
        var sequences = new Option<int>("--sequences") { Description = "With --inputs: how many sequences on connections.", DefaultValueFactory = _ => 1_000 };
        var seed = new Option<ulong>("--seed") { Description = "Repeats the inputs; random when not given.", DefaultValueFactory = _ => (ulong)Environment.TickCount64 };
        var target = new Option<string[]>("--target") { Description = $"Only this one, of {string.Join(", ", FuzzTargets.Names)}; may be given again.", DefaultValueFactory = _ => [] };
        target.AcceptOnlyFromAmong([.. FuzzTargets.Names]);
        var findings = new Option<string>("--out") { Description = "Where inputs are kept that show something.", DefaultValueFactory = _ => "fuzz-findings" };
        var json = new Option<bool>("--json") { Description = "One JSON object instead of text." };
        var command = new Command("fuzz", "Fuzzes every reader of bytes and the connection as a whole.") { minutes, inputs, sequences, seed, target, findings, json };
        command.SetAction(parsed => Run(
            new FuzzRun(parsed.GetValue(seed), parsed.GetValue(target) ?? []) { Progress = parsed.GetValue(json) ? static _ => { } : Console.WriteLine },
            run => parsed.GetValue(inputs) > 0 ? run.RunCount(parsed.GetValue(inputs), parsed.GetValue(sequences)) : run.RunFor(TimeSpan.FromMinutes(parsed.GetValue(minutes))),
            parsed.GetValue(findings)!,
            parsed.GetValue(json)));
        return command;
    }

    private static int Run(FuzzRun run, Func<FuzzRun, FuzzReport> start, string directory, bool json)
    {
        FuzzReport report = start(run);
        foreach (FuzzFinding finding in report.Findings)
        {
            string folder = Directory.CreateDirectory(Path.Combine(directory, finding.Target)).FullName;
            File.WriteAllText(Path.Combine(folder, finding.FileName), finding.ToFile());
        }

        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(report, JsonSerializerOptions.Web));
        }
        else
        {
            Print(report, directory);
        }

        return report.Findings.Count == 0 ? 0 : 1;
    }

    private static void Print(FuzzReport report, string directory)
    {
        foreach (FuzzCount count in report.Counts)
        {
            string frames = count.Frames > 0 ? string.Create(CultureInfo.InvariantCulture, $", {count.Frames:N0} frames") : "";
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count.Target,-14} {count.Inputs,14:N0} inputs, {count.Kinds:N0} kinds{frames}"));
        }

        foreach (FuzzFinding finding in report.Findings)
        {
            Console.WriteLine($"\n{finding.Target}: {finding.Kind}: {finding.Message}\n{Convert.ToHexStringLower(finding.Input)}");
        }

        long inputs = report.Counts.Sum(static count => count.Inputs);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"seed {report.Seed}: {inputs:N0} inputs in {report.Taken.TotalSeconds:N0} s ({inputs / report.Taken.TotalSeconds:N0}/s), {report.Findings.Count} findings{(report.Findings.Count > 0 ? $", kept in {directory}" : "")}."));
    }
}
