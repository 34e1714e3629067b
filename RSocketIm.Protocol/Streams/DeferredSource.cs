using RSocketIm.Protocol.Frames;
using RSocketIm.Protocol.Payloads;

namespace RSocketIm.Protocol.Streams;

/// <summary>Stands in for a source that a task is still making, and passes every call on once it is there.</summary>
internal sealed class DeferredSource(Task<PayloadSource> pending) : PayloadSource, ISourceHost
{
    private readonly Lock sync = new();
    private PayloadSource? inner;
    private bool released;

    protected override void Attached() => _ = WaitAsync();

    protected internal override PullStatus TryPull(out Payload payload)
    {
        PayloadSource? source = Volatile.Read(ref inner);
        if (source is null)
        {
            payload = default;
            return PullStatus.Idle;
        }

        return source.TryPull(out payload);
    }

    protected internal override void Release()
    {
        PayloadSource? source;
        lock (sync)
        {
            released = true;
            source = inner;
        }

        source?.ReleaseOnce();
    }

    void ISourceHost.SourceReady() => SignalReady();

    void ISourceHost.SourceEnded(RSocketException? error)
    {
        if (error is null)
        {
            SignalComplete();
        }
        else
        {
            SignalError(error);
        }
    }

    private async Task WaitAsync()
    {
        try
        {
            PayloadSource source = await pending.ConfigureAwait(false);
            source.Attach(this);
            bool tooLate;
            lock (sync)
            {
                tooLate = released;
                inner = source;
            }

            if (tooLate)
            {
                source.ReleaseOnce();
            }
            else
            {
                SignalReady();
            }
        }
        catch (RSocketException error)
        {
            SignalError(error);
        }
#pragma warning disable CA1031 // The task is user code: whatever it throws ends this stream.
        catch (Exception error)
#pragma warning restore CA1031
        {
            SignalError(new RSocketException(ErrorCode.ApplicationError, "The responder failed.", error));
        }
    }
}
