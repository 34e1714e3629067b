using System.Collections.Concurrent;
using RSocketIm.Tests.TestKit;
using Xunit.Abstractions;

namespace RSocketIm.Tests.Protocol.Connections.Resumption;

/// <summary>A long exchange, cut after each of its bytes in turn and resumed: what both sides see, and where they stand, is as without the cut.</summary>
public sealed class CutEverywhereTests(ITestOutputHelper output)
{
    [Theory]
    [Trait("Checklist", "E33")]
    [Trait("Checklist", "71")]
    [Trait("Checklist", "74")]
    [Trait("Checklist", "76")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Exchange_CutAfterEveryByte_IsExactlyOnceInOrderWithCreditsUnchanged(bool up)
    {
        LongExchange whole = await LongExchange.RunAsync(_ => new CutLink());
        CutLink link = Assert.Single(whole.Links);
        long first = up ? SetupBytes : 1; // earlier there is no session yet
        long last = up ? link.Up : link.Down;
        await ForEachAsync(first, last, async bytes =>
        {
            LongExchange cut = await LongExchange.RunAsync(i => i > 0 ? new CutLink() : up ? new CutLink(upBytes: bytes) : new CutLink(downBytes: bytes));
            Assert.Equal(whole.Outcome, cut.Outcome);
            Assert.InRange(cut.Links.Count, 1, 2);
        });
        output.WriteLine($"{last - first + 1} cuts {(up ? "up" : "down")}, each in an exchange of {link.Up} bytes up and {link.Down} bytes down");
    }

    [Theory]
    [Trait("Checklist", "E33")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Resumption_CutAfterEveryByteItself_IsResumedAgain(bool up)
    {
        LongExchange whole = await LongExchange.RunAsync(_ => new CutLink());
        await ForEachAsync(0, 100, async bytes =>
        {
            // RESUME has 67 bytes, RESUME_OK 17; behind them are frames that come again.
            LongExchange cut = await LongExchange.RunAsync(i => i switch
            {
                0 => new CutLink(downBytes: 700),
                1 => up ? new CutLink(upBytes: bytes) : new CutLink(downBytes: bytes),
                2 => up ? new CutLink(downBytes: bytes) : new CutLink(upBytes: bytes),
                _ => new CutLink(),
            });
            Assert.Equal(whole.Outcome, cut.Outcome);
            Assert.InRange(cut.Links.Count, 3, 4);
        });
    }

    [Fact]
    [Trait("Checklist", "E33")]
    public async Task Exchange_CutAgainAndAgain_ComesToItsEnd()
    {
        LongExchange whole = await LongExchange.RunAsync(_ => new CutLink());
        await ForEachAsync(1, 40, async bytes =>
        {
            // Enough for the handshake and one fragment, so that each transport brings the exchange a little further.
            LongExchange cut = await LongExchange.RunAsync(i => i == 0 ? new CutLink(downBytes: 40) : new CutLink(upBytes: 210 + bytes, downBytes: 150 + bytes));
            Assert.Equal(whole.Outcome, cut.Outcome);
        });
    }

    // Length prefix, header, times, token of 32 bytes behind its length, the two MIME types.
    private static long SetupBytes =>
        3 + Build.Setup(token: new byte[32], metadataMime: "message/x.rsocket.composite-metadata.v0", dataMime: "application/octet-stream").Length;

    // As many at a time as there are processors; what fails first is told with its number.
    private static async Task ForEachAsync(long first, long last, Func<long, Task> run)
    {
        var failures = new ConcurrentQueue<string>();
        await Parallel.ForEachAsync(Range(first, last), async (bytes, _) =>
        {
            if (failures.IsEmpty)
            {
                Exception? failure = await Record.ExceptionAsync(() => run(bytes));
                if (failure is not null)
                {
                    failures.Enqueue($"Cut after {bytes} bytes: {failure}");
                }
            }
        });
        Assert.True(failures.IsEmpty, failures.FirstOrDefault());
    }

    private static IEnumerable<long> Range(long first, long last)
    {
        for (long i = first; i <= last; i++)
        {
            yield return i;
        }
    }
}
