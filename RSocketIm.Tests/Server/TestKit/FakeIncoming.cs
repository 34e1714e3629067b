using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Streams;

namespace RSocketIm.Tests.Server.TestKit;

/// <summary>The receiving direction of a channel: counts the credit it is granted, and hands over what the test says.</summary>
internal sealed class FakeIncoming : InboundStream
{
    private readonly Lock gate = new();
    private readonly List<(long Credit, TaskCompletionSource Reached)> waits = [];
    private IPayloadReceiver? receiver;
    private long credit;

    public override int StreamId => 1;

    public bool IsCancelled { get; private set; }

    public long Credit
    {
        get
        {
            lock (gate)
            {
                return credit;
            }
        }
    }

    public override void Subscribe(IPayloadReceiver receiver) => this.receiver = receiver;

    public override void Request(int n)
    {
        Assert.NotNull(receiver);
        lock (gate)
        {
            credit += n;
            foreach ((long wanted, TaskCompletionSource reached) in waits)
            {
                if (credit >= wanted)
                {
                    reached.TrySetResult();
                }
            }
        }
    }

    public override void Cancel() => IsCancelled = true;

    /// <summary>Ends when so much credit has been granted altogether.</summary>
    public Task GrantedAsync(long wanted)
    {
        lock (gate)
        {
            if (credit >= wanted)
            {
                return Task.CompletedTask;
            }

            TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
            waits.Add((wanted, reached));
            return reached.Task;
        }
    }

    public void Next(ReadOnlySpan<byte> data)
    {
        // A buffer that is reused at once, as a transport's is.
        byte[] buffer = data.ToArray();
        receiver!.OnNext(new PayloadView(new Payload(buffer)));
        Array.Fill(buffer, (byte)0xEE);
    }

    public void Complete() => receiver!.OnComplete();
}
