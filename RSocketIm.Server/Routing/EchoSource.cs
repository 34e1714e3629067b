using RSocketIm.Protocol;
using RSocketIm.Protocol.Payloads;
using RSocketIm.Protocol.Streams;
using RSocketIm.Server.Rooms;

namespace RSocketIm.Server.Routing;

/// <summary><c>system.echo</c> as a channel: what comes in goes out, in order. The client may send as much ahead as fits in a small window, and more as what it sent is taken.</summary>
internal sealed class EchoSource : PayloadSource, IPayloadReceiver
{
    // A window, not more: each payload may be as large as the server accepts, and all of them may wait here.
    internal const int Window = 32;

    private readonly Lock gate = new();
    private readonly Queue<Payload> waiting = new();
    private readonly InboundStream incoming;
    private readonly CancellationToken draining;
    private CancellationTokenRegistration drain;
    private bool ended;
    private int taken;

    /// <summary>Opens the echo.</summary>
    /// <param name="first">The first payload.</param>
    /// <param name="incoming">The rest; credit is granted here.</param>
    /// <param name="draining">Ends the stream.</param>
    public EchoSource(Payload first, InboundStream incoming, CancellationToken draining)
    {
        this.incoming = incoming;
        this.draining = draining;
        waiting.Enqueue(first);
    }

    public void OnNext(PayloadView payload)
    {
        Payload kept = new(payload.ToPayload().Data);
        lock (gate)
        {
            waiting.Enqueue(kept);
        }

        SignalReady();
    }

    public void OnComplete()
    {
        bool empty;
        lock (gate)
        {
            ended = true;
            empty = waiting.Count == 0;
        }

        if (empty)
        {
            SignalComplete();
        }
    }

    public void OnError(RSocketException error) => SignalError(error);

    protected override void Attached()
    {
        drain = draining.UnsafeRegister(static source => ((EchoSource)source!).SignalError(Refusal.Draining()), this);
        incoming.Subscribe(this);
        incoming.Request(Window);
    }

    protected override PullStatus TryPull(out Payload payload)
    {
        PullStatus status;
        lock (gate)
        {
            if (!waiting.TryDequeue(out payload))
            {
                return ended ? PullStatus.Complete : PullStatus.Idle;
            }

            status = ended && waiting.Count == 0 ? PullStatus.NextAndComplete : PullStatus.Next;
        }

        // In batches: one REQUEST_N serves many payloads.
        if (++taken >= Window / 2)
        {
            incoming.Request(taken);
            taken = 0;
        }

        return status;
    }

    protected override void Release() => drain.Dispose();
}
