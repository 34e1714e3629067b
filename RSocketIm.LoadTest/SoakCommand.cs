using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using RSocketIm.LoadTest.Soaking;

namespace RSocketIm.LoadTest;

/// <summary><c>soak</c>: a day of many users in minutes; fails when the server has more of anything afterwards, or a reader missed or saw twice what was sent.</summary>
internal static class SoakCommand
{
    public static Command Create()
    {
        var minutes = new Option<double>("--minutes") { Description = "How long.", DefaultValueFactory = _ => 20 };
        var users = new Option<int>("--users") { Description = "Users, each with a connection over TCP and three rooms.", DefaultValueFactory = _ => 2_000 };
        var pause = new Option<double>("--pause") { Description = "Mean seconds between two things that a user does.", DefaultValueFactory = _ => 4 };
        var seed = new Option<ulong>("--seed") { Description = "Of what they do; random when not given.", DefaultValueFactory = _ => (ulong)Environment.TickCount64 };
        var file = new Option<string?>("--out") { Description = "Where the report goes as JSON, samples and all; and, beside it, a plot as .svg." };
        var json = new Option<bool>("--json") { Description = "One JSON object instead of text." };
        var command = new Command("soak", "Lets many users come and go for long, and compares the server before and after.") { minutes, users, pause, seed, file, json };
        command.SetAction(parsed => RunAsync(
            new SoakRun(
                parsed.GetValue(users), TimeSpan.FromMinutes(parsed.GetValue(minutes)), TimeSpan.FromSeconds(parsed.GetValue(pause)), parsed.GetValue(seed))
            {
                Progress = parsed.GetValue(json) ? static _ => { } : Console.WriteLine,
            },
            parsed.GetValue(file),
            parsed.GetValue(json)));
        return command;
    }

    private static async Task<int> RunAsync(SoakRun run, string? file, bool json)
    {
        SoakReport report = await run.RunAsync().ConfigureAwait(false);
        string text = JsonSerializer.Serialize(report, JsonSerializerOptions.Web);
        if (file is not null)
        {
            await File.WriteAllTextAsync(file, text).ConfigureAwait(false);
            await File.WriteAllTextAsync(Path.ChangeExtension(file, ".svg"), SoakPlot.Draw(report)).ConfigureAwait(false);
        }

        if (json)
        {
            Console.WriteLine(text);
        }
        else
        {
            Print(report);
        }

        return report.Violations.Count == 0 ? 0 : 1;
    }

    private static void Print(SoakReport report)
    {
        Say($"{"",-24} {"first minute",16} {"end",16} {"ratio",8}");
        foreach (SoakComparison compared in report.Compared)
        {
            Say($"{compared.Name,-24} {compared.First,16:N0} {compared.Last,16:N0} {compared.Ratio,8:N3}{(compared.HasGrown ? "  has grown" : "")}");
        }

        Console.WriteLine(string.Join(", ", report.Operations.Select(static pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Value:N0} {pair.Key}"))));
        foreach (string violation in report.Violations)
        {
            Console.WriteLine(violation);
        }

        Say($"{report.Users:N0} users, seed {report.Seed}: {report.Violations.Count} violations.");
    }

    private static void Say(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
