using System.CommandLine;
using System.Text.Json;
using RSocketIm.LoadTest.Plotting;

namespace RSocketIm.LoadTest;

/// <summary><c>plot</c>: pictures of what the other commands wrote with <c>--out</c>.</summary>
internal static class PlotCommand
{
    public static Command Create()
    {
        var reports = new Argument<string[]>("report") { Description = "Files that compare, echo, fanout or backpressure wrote with --out.", Arity = ArgumentArity.OneOrMore };
        var directory = new Option<string>("--out") { Description = "Where the pictures go, as .svg.", DefaultValueFactory = _ => "." };
        Command command = new("plot", "Draws latency percentiles, throughput per number of connections, and memory with stalled subscribers.") { reports, directory };
        command.SetAction((parsed, stopping) => RunAsync(parsed.GetValue(reports)!, parsed.GetValue(directory)!, stopping));
        return command;
    }

    private static async Task<int> RunAsync(string[] reports, string directory, CancellationToken stopping)
    {
        Directory.CreateDirectory(directory);
        int drawn = 0;
        foreach (string report in reports)
        {
            using JsonDocument document = JsonDocument.Parse(await File.ReadAllTextAsync(report, stopping).ConfigureAwait(false));
            foreach ((string file, string svg) in ReportPlots.Draw(document.RootElement))
            {
                string path = Path.Combine(directory, file);
                await File.WriteAllTextAsync(path, svg, stopping).ConfigureAwait(false);
                Console.WriteLine(path);
                drawn++;
            }
        }

        return drawn > 0 ? 0 : 1;
    }
}
