using System.CommandLine;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using RSocketIm.LoadTest.Micro;

namespace RSocketIm.LoadTest;

/// <summary><c>micro</c>: BenchmarkDotNet over the smallest parts of the library, with a memory column; fails when a frame path allocates.</summary>
internal static class MicroCommand
{
    public static Command Create()
    {
        var filter = new Option<string>("--filter") { Description = "Which benchmarks, as a glob over Class.Method.", DefaultValueFactory = _ => "*" };
        var quick = new Option<bool>("--quick") { Description = "Short runs: good for the memory column, rough for the times." };
        var command = new Command("micro", "Times frames, MessagePack and credit, and shows what they allocate.") { filter, quick };
        command.SetAction(parsed => Run(parsed.GetValue(filter)!, parsed.GetValue(quick)));
        return command;
    }

    private static int Run(string filter, bool quick)
    {
        // In process: the machine that measures may have no way to build another project.
        Job job = (quick ? Job.ShortRun : Job.Default).WithToolchain(InProcessEmitToolchain.Instance);
        IConfig config = ManualConfig.CreateEmpty()
            .AddJob(job)
            .AddLogger(ConsoleLogger.Default)
            .AddColumnProvider(BenchmarkDotNet.Columns.DefaultColumnProviders.Instance)
            .AddDiagnoser(BenchmarkDotNet.Diagnosers.MemoryDiagnoser.Default)
            .WithOptions(ConfigOptions.JoinSummary | ConfigOptions.DisableOptimizationsValidator);

        Summary[] summaries = BenchmarkSwitcher
            .FromTypes([typeof(FrameBenchmarks), typeof(MessagePackBenchmarks), typeof(CreditBenchmarks), typeof(EchoBenchmarks)])
            .Run(["--filter", filter], config)
            .ToArray();

        int wasteful = 0;
        foreach (BenchmarkReport report in summaries.SelectMany(summary => summary.Reports).Where(report => MustNotAllocate(report.BenchmarkCase)))
        {
            if (report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase) is > 0 and long bytes)
            {
                wasteful++;
                Console.Error.WriteLine($"{report.BenchmarkCase.Descriptor.GetFilterName()} allocates {bytes} bytes per operation; it must allocate none.");
            }
        }

        return summaries.Length > 0 && wasteful == 0 ? 0 : 1;
    }

    private static bool MustNotAllocate(BenchmarkCase benchmark) => benchmark.Descriptor.Type == typeof(FrameBenchmarks) || benchmark.Descriptor.Type == typeof(CreditBenchmarks);
}
