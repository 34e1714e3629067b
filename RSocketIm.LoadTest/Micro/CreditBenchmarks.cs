using BenchmarkDotNet.Attributes;
using RSocketIm.Protocol.Streams;

namespace RSocketIm.LoadTest.Micro;

/// <summary>What counting costs.</summary>
public class CreditBenchmarks
{
    private const int Payloads = 1_000;
    private Credit credit;

    /// <summary>A grant of 32 and 32 payloads spent, a thousand payloads in all; figures per payload.</summary>
    [Benchmark(OperationsPerInvoke = Payloads)]
    public long GrantAndSpend()
    {
        credit = default;
        long spent = 0;
        for (int i = 0; i < Payloads; i++)
        {
            if (!credit.TrySpend())
            {
                credit.Grant(32);
            }
            else
            {
                spent++;
            }
        }

        return spent;
    }
}
