using RSocketIm.Protocol;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Streams;

namespace RSocketIm.Tests.Protocol.Streams;

public sealed class MergedSourceTests
{
    private readonly Host host = new();

    [Fact]
    public void TryPull_WhileBothHaveSomething_TakesTurns()
    {
        MergedSource merged = new(Values("a1", "a2", "a3"), Values("b1"));
        merged.Attach(host);
        Assert.Equal(["a1", "b1", "a2", "a3"], PullAll(merged));
    }

    [Fact]
    public void TryPull_WhenOneIsEmpty_CompletesWithTheOther()
    {
        MergedSource merged = new(PayloadSources.Empty(), Values("b1"));
        merged.Attach(host);
        Assert.Equal(PullStatus.NextAndComplete, merged.TryPull(out _));
    }

    [Fact]
    public void Attach_OfTwoThatAreEmpty_CompletesWithoutCredit()
    {
        new MergedSource(PayloadSources.Empty(), PayloadSources.Empty()).Attach(host);
        Assert.Equal([null], host.Ends);
    }

    [Fact]
    public void Error_OfEither_EndsBothAndReadyOfEitherIsPassedOn()
    {
        ManualSource first = new();
        ManualSource second = new();
        MergedSource merged = new(first, second);
        merged.Attach(host);
        second.Ready();
        Assert.Equal(1, host.ReadyCount);
        RSocketException error = new(ErrorCode.Canceled, "over");
        second.Fail(error);
        Assert.Equal([error], host.Ends);
        merged.ReleaseOnce();
        Assert.True(first.IsReleased && second.IsReleased);
    }

    private static PayloadSource Values(params string[] values) => PayloadSources.From(values.Select(Payload.FromText));

    private static List<string> PullAll(MergedSource source)
    {
        List<string> pulled = [];
        while (true)
        {
            PullStatus status = source.TryPull(out Payload payload);
            if (status is PullStatus.Next or PullStatus.NextAndComplete)
            {
                pulled.Add(payload.DataText);
            }

            if (status != PullStatus.Next)
            {
                return pulled;
            }
        }
    }

    private sealed class ManualSource : PayloadSource
    {
        public bool IsReleased { get; private set; }

        public void Ready() => SignalReady();

        public void Fail(RSocketException error) => SignalError(error);

        protected internal override PullStatus TryPull(out Payload payload)
        {
            payload = default;
            return PullStatus.Idle;
        }

        protected internal override void Release() => IsReleased = true;
    }

    private sealed class Host : ISourceHost
    {
        public int ReadyCount { get; private set; }

        public List<RSocketException?> Ends { get; } = [];

        public void SourceReady() => ReadyCount++;

        public void SourceEnded(RSocketException? error) => Ends.Add(error);
    }
}
