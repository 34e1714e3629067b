using RSocketIm.Protocol;
using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Streams;
using RSocketIm.Protocol.Transports;
using RSocketIm.Tests.TestKit;

namespace RSocketIm.Tests.Protocol.Streams;

/// <summary>What sources may do and callers may ask for where runs are concerned.</summary>
public sealed class RunContractTests
{
    [Theory]
    [InlineData(false, 0x201)]
    [InlineData(true, 0x301)]
    public async Task SourceThatThrowsWhenAskedForARun_EndsItsOwnStreamOnly(bool says, int code)
    {
        Exception error = says ? new RSocketException((ErrorCode)0x301, "so it is") : new InvalidOperationException("a mistake");
        await using Dialogue dialogue = await Dialogue.WithServerAsync(new ScriptedResponder { OnStream = (_, _) => new Throwing(error) });
        await dialogue.Peer.SendAsync(Build.RequestStream(1, 10));
        await dialogue.Peer.ExpectErrorAsync(1, (ErrorCode)code);
        await dialogue.ExpectAliveAsync(3);
        await dialogue.ExpectNoStreamsAsync();
    }

    [Fact]
    public void Within_TheMostBytesThereAre_IsTheWholeSlice_WhereverItBegins()
    {
        PayloadRun run = RunSource.Numbers(0, 5);
        Assert.Equal(5, new RunSlice(run, 0, 5).Within(long.MaxValue, int.MaxValue).Count);
        Assert.Equal(3, new RunSlice(run, 2, 3).Within(long.MaxValue, int.MaxValue).Count);
    }

    [Fact]
    public void MessageLength_OfTheMostThereIs_IsRefusedAsAnyOther() =>
        Assert.Throws<ArgumentException>(() => PayloadRun.MessageLength(int.MaxValue));

    private sealed class Throwing(Exception error) : PayloadSource
    {
        protected internal override bool TryPullRun(long payloads, int bytes, int frameBytes, out RunSlice slice) => throw error;

        protected internal override PullStatus TryPull(out Payload payload)
        {
            payload = default;
            return PullStatus.Idle;
        }
    }
}
