using System.Threading.Tasks.Sources;
using RSocketIm.Protocol.Payloads;

namespace RSocketIm.Protocol.Streams;

/// <summary>Receives the one response of REQUEST_RESPONSE and is the task that its requester awaits.</summary>
internal sealed class SingleResponse : IPayloadReceiver, IValueTaskSource<Payload>
{
    // Asynchronously: the requester's code must not run on the read loop, which serves every stream.
    private ManualResetValueTaskSourceCore<Payload> core = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration registration;
    private InboundStream? inbound;
    private int done;

    public ValueTask<Payload> Start(InboundStream stream, CancellationToken cancellationToken)
    {
        inbound = stream;
        if (cancellationToken.CanBeCanceled)
        {
            registration = cancellationToken.UnsafeRegister(
                static (state, token) => ((SingleResponse)state!).Cancel(token), this);
        }

        return new ValueTask<Payload>(this, core.Version);
    }

    public void OnNext(PayloadView payload)
    {
        if (Interlocked.Exchange(ref done, 1) == 0)
        {
            core.SetResult(payload.ToPayload());
        }
    }

    public void OnComplete()
    {
        if (Interlocked.Exchange(ref done, 1) == 0)
        {
            core.SetResult(Payload.Empty);
        }
    }

    public void OnError(RSocketException error)
    {
        if (Interlocked.Exchange(ref done, 1) == 0)
        {
            core.SetException(error);
        }
    }

    Payload IValueTaskSource<Payload>.GetResult(short token)
    {
        registration.Dispose();
        return core.GetResult(token);
    }

    ValueTaskSourceStatus IValueTaskSource<Payload>.GetStatus(short token) => core.GetStatus(token);

    void IValueTaskSource<Payload>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        core.OnCompleted(continuation, state, token, flags);

    private void Cancel(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref done, 1) == 0)
        {
            inbound!.Cancel();
            core.SetException(new OperationCanceledException(cancellationToken));
        }
    }
}
